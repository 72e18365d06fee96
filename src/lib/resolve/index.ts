/** What clients' handles lead to. */
export { type GivenHandle, type ResolveRequest, resolve } from "./resolve.js";
export { RESOLVE_SCHEMA, type ResolvedHandle, type ResolveResult } from "./result.js";
export { resolveJson, resolveLines } from "./text.js";
export { Unknowable } from "./world.js";
