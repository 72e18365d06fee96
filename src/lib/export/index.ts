/** How an overlay that is ready is mounted and exported. */
export { type ExportRequest, planExport } from "./export.js";
export { blockLines, type ExportTextOptions, exportJson, exportLines, stepsTo } from "./text.js";
export { BLOCKS, type Block, type BlockName, EXPORT_SCHEMA, type ExportResult } from "./types.js";
