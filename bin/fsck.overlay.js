#!/usr/bin/env node
// fsck.overlay: what fsck(8) calls for `-t overlay`. CommonJS, as run.js beside it.
"use strict";
require("./guard.js").install("fsck.overlay");

const { isBuilt, load } = require("./load.js");
if (isBuilt("fsck")) {
  load("fsck").run(process.argv.slice(2));
} else {
  process.stderr.write('fsck.overlay: not built: run "npm ci" (or "npm run build") in the package\n');
  process.exitCode = 8;
}
