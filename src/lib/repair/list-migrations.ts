/** `migrate --list`: which migrations apply, looked at once. */
import { withCheck } from "../check.js";
import { applying } from "../migrations/index.js";
import type { MountSpec, Require } from "../mount/spec.js";
import { DiskFacts } from "../plan/disk-facts.js";
import { VERSION } from "../version.js";
import { whyNotWritten } from "./gate.js";
import { type Given, withOldLower } from "./old-lower.js";
import { MIGRATIONS_SCHEMA, type MigrateRequest, type MigrationList } from "./run-result.js";
import type { WriteHost } from "./workplace.js";

export interface ListRequest {
  readonly require: Require;
  readonly force: boolean;
  readonly migrate: MigrateRequest;
}

export function listMigrations(
  spec: MountSpec,
  { require, force, migrate }: ListRequest,
  host: WriteHost,
): Promise<MigrationList> {
  const look = ({ old, trouble: unusable }: Given) =>
    withCheck(spec, { require, force, each: true, host }, ({ result, layers }) => {
      const trouble = whyNotWritten(result, { command: "migrate", clearVolatile: false }) ?? unusable;
      const head = {
        schema: MIGRATIONS_SCHEMA,
        tool: { version: VERSION },
        overlay: result.overlay,
      } as const;
      if (trouble !== null || layers === null) return { ...head, migrations: [], trouble };
      const facts = new DiskFacts(require, layers);
      const found = applying({ result, facts, wishes: migrate.wishes, lower: false, old });
      return { ...head, migrations: found, trouble: null };
    });
  return withOldLower(host, spec, migrate, look);
}
