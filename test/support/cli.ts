/** The program as somebody runs it, and what it prints as JSON, held against the schema. */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

/** Of the package. */
export const root = resolve(import.meta.dirname, "../..");
export const program = join(root, "bin/run.js");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Surroundings = Pick<SpawnSyncOptionsWithStringEncoding, "input" | "cwd" | "env">;

/** `ovl-index ARGS` */
export function ovlIndex(args: readonly string[], surroundings: Surroundings = {}): Ran {
  return ran(process.execPath, [program, ...args], surroundings);
}

/** The same of an ordinary user, who has no home either. */
export function ovlIndexOfNobody(args: readonly string[]): Ran {
  const command = ["--reuid=65534", "--clear-groups", process.execPath, program, ...args];
  return ran("setpriv", command, { cwd: root, env: { ...process.env, HOME: "/nonexistent" } });
}

/** Another program, or this one started in another way. */
export function ran(command: string, args: readonly string[], surroundings: Surroundings = {}): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, { ...surroundings, encoding: "utf8" });
  return { status, stdout, stderr };
}

const validators = new Map<string, ValidateFunction>();

/** A document that is valid by schemas/`name`.schema.json. */
export function document(text: string, name: string) {
  const schema = () => JSON.parse(readFileSync(join(root, `schemas/${name}.schema.json`), "utf8"));
  const valid = validators.get(name) ?? new Ajv2020({ allErrors: true }).compile(schema());
  validators.set(name, valid);
  const parsed = JSON.parse(text);
  valid(parsed);
  expect(valid.errors).toBeNull();
  return parsed;
}
