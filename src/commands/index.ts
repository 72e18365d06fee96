/** The commands, for oclif's explicit strategy. */
import Build from "./build.js";
import Check from "./check.js";
import Demo from "./demo.js";
import Explain from "./explain.js";
import Export from "./export.js";
import HandlesSave from "./handles/save.js";
import HandlesVerify from "./handles/verify.js";
import Inspect from "./inspect.js";
import Migrate from "./migrate.js";
import Repair from "./repair.js";
import Resolve from "./resolve.js";
import Undo from "./undo.js";

export const COMMANDS = {
  build: Build,
  check: Check,
  demo: Demo,
  explain: Explain,
  export: Export,
  "handles:save": HandlesSave,
  "handles:verify": HandlesVerify,
  inspect: Inspect,
  migrate: Migrate,
  repair: Repair,
  resolve: Resolve,
  undo: Undo,
};
