/** The commands, for oclif's explicit strategy. */
import Check from "./check.js";
import Demo from "./demo.js";
import Explain from "./explain.js";
import Inspect from "./inspect.js";

export const COMMANDS = { check: Check, demo: Demo, explain: Explain, inspect: Inspect };
