/** Who answers findings of which code. A code without its planner does not compile. */
import { CODES, type Code, entryOf, type RepairCommand } from "../../catalogue/index.js";
import type { Planners } from "../plan.js";
import type { Planner } from "../types.js";
import { COVERAGE } from "./coverage.js";
import { ENTRY_PLANNERS } from "./entry-planners.js";
import { clearVolatile } from "./mount.js";
import { NAME_PLANNERS } from "./names.js";

const PLANNERS: Planners = { ...COVERAGE, ...ENTRY_PLANNERS, ...NAME_PLANNERS };

/** The planners of a command: `build` answers only what its name says. */
export function plannersFor(command: RepairCommand, demands: { readonly clearVolatile: boolean }): Planners {
  const all: Planners = demands.clearVolatile ? { ...PLANNERS, "volatile-dirty": clearVolatile } : PLANNERS;
  if (command === "repair") return all;
  const own = CODES.map((code) => [code, isOf(code, command) ? all[code] : elsewhere]);
  return Object.fromEntries(own) as Planners;
}

const isOf = (code: Code, command: RepairCommand): boolean => entryOf(code).repair.command === command;

const elsewhere: Planner<Code> = ({ code }) => {
  const { action, command } = entryOf(code).repair;
  return { left: command === null ? action : `${command} answers this: ${action}` };
};
