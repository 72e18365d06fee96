// What can end a run from outside: signals, and an output that takes no more. Installed before anything is
// loaded, so that there is no moment in which a signal would end us without a word or leave something behind.
"use strict";

/** fsck(8)'s bits. */
const COULD_NOT_COMPLETE = 8;
const CANCELLED = 32;

/** One that has something to clean up takes these listeners away and puts its own there. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** `name`: of the program, for what is said. */
function install(name) {
  function cancelled() {
    // Whatever a progress line left there.
    const clear = process.stderr.isTTY && process.env.TERM !== "dumb" ? "\r\u001b[K" : "";
    process.stderr.write(`${clear}${name}: cancelled\n`);
    process.exit(CANCELLED);
  }

  function unwritable(error) {
    // A reader that has seen enough (`| head`) is no error of ours, but nobody got the whole answer.
    if (error.code !== "EPIPE") process.stderr.write(`${name}: cannot write the report: ${error.code}\n`);
    process.exit(COULD_NOT_COMPLETE);
  }

  for (const signal of SIGNALS) process.on(signal, cancelled);
  // Ahead of oclif's, which throws.
  process.stdout.on("error", unwritable);
  process.stderr.on("error", () => process.exit(COULD_NOT_COMPLETE));
}

module.exports = { install };
