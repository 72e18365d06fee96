/** The commands, for oclif's explicit strategy. */
import Explain from "./explain.js";
import Inspect from "./inspect.js";

export const COMMANDS = { explain: Explain, inspect: Inspect };
