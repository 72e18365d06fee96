/**
 * A process that carries out a small plan and kills itself at one of its calls that write.
 * Run: node victim.mjs ROOT CALL before|after; ends with 0 where there is no such call.
 */
import { writer } from "../../src/lib/host/system-writer.js";
import { hookedWriter } from "../support/writer-faults.js";
import { actions, Bed, carryOut, fine } from "./bed.js";

const [root = "", call, phase] = process.argv.slice(2);
const bed = new Bed(Buffer.from(root));
const hooked = hookedWriter(writer, (n, _, when) => {
  if (n !== Number(call) || when !== phase) return;
  process.kill(process.pid, "SIGKILL");
  // Until it comes.
  for (;;);
});
const session = fine(bed.open({ writer: hooked }));
carryOut(session, actions(bed).slice(0, 5));
session.close();
