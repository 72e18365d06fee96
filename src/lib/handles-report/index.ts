export { verifyExitCode } from "./exit.js";
export { SAVE_SCHEMA, saveJson, VERIFY_SCHEMA, verifyJson } from "./json.js";
export { type HandlesTextOptions, saveLines, verifyLines } from "./text.js";
