#!/usr/bin/env node
// CommonJS, as package.json beside it says: the loader of modules costs a quarter of Node's own start.
"use strict";
const { readFileSync } = require("node:fs");
const { userInfo } = require("node:os");
const { join } = require("node:path");
const { install } = require("./guard.js");

install("ovl-index");

try {
  userInfo();
} catch {
  // oclif asks for both while it starts, and a rescue system may have no database of users to tell them.
  process.env.HOME ??= "/";
  process.env.SHELL ??= "/bin/sh";
}

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Answered before anything is loaded: scripts ask often.
  const { version } = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8"));
  process.stdout.write(`ovl-index ${version}\n`);
} else {
  const { isBuilt, load } = require("./load.js");
  if (isBuilt("cli")) {
    // As with git and others: "help check" is "check --help".
    load("cli").run(argv[0] === "help" ? [...argv.slice(1), "--help"] : argv);
  } else {
    process.stderr.write('ovl-index: not built: run "npm ci" (or "npm run build") in the package\n');
    process.exitCode = 8;
  }
}
