/** The commands, for oclif's explicit strategy. */
import Build from "./build.js";
import Check from "./check.js";
import Demo from "./demo.js";
import Explain from "./explain.js";
import Inspect from "./inspect.js";
import Migrate from "./migrate.js";
import Repair from "./repair.js";
import Undo from "./undo.js";

export const COMMANDS = {
  build: Build,
  check: Check,
  demo: Demo,
  explain: Explain,
  inspect: Inspect,
  migrate: Migrate,
  repair: Repair,
  undo: Undo,
};
