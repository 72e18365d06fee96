/** Decoding what is on disk, or what a client holds, for a reader. */
export { inspectText, parseClientHandle, whyNotXattr } from "./bytes.js";
export { INSPECT_SCHEMA, type InspectedField, type InspectedThing, type Inspection } from "./inspection.js";
export { inspectPath, typeOf } from "./path.js";
