/** The journals of an overlay, and `undo --list`. */
import {
  Trouble as ApplyTrouble,
  type JournalSummary,
  openReader,
  type Reader,
  type SessionOptions,
} from "../apply/index.js";
import { parseJournalName } from "../format/journalName.js";
import { closeStack, openStack } from "../layers/open.js";
import type { MountSpec } from "../mount/spec.js";
import { overlayReport } from "../report/overlay.js";
import type { OverlayReport } from "../report/result.js";
import { safeText } from "../report/text.js";
import { VERSION } from "../version.js";
import {
  JOURNALS_SCHEMA,
  type JournalInfo,
  type JournalList,
  type JournalState,
  type Trouble,
} from "./run-result.js";
import {
  commandOf,
  homeOf,
  journalPath,
  type Target,
  targetOf,
  toTrouble,
  type WriteHost,
} from "./workplace.js";

/** An overlay whose journals are looked at: locked for as long as that takes only where one may be undone. */
export interface Open<S extends Reader> {
  readonly overlay: OverlayReport;
  readonly target: Target;
  readonly session: S;
}

type Opening<S extends Reader> = Open<S> | { readonly overlay: OverlayReport; readonly trouble: Trouble };

/** `lower`: lower layers may be written, too, where a run has done so. */
export function openJournals<S extends Reader>(
  spec: MountSpec,
  lower: boolean,
  host: WriteHost,
  opener: (host: WriteHost, target: Target, options: SessionOptions) => S | ApplyTrouble,
): Opening<S> {
  const opened = openStack(host.native, host.files, spec);
  const overlay = overlayReport(spec, opened.stack, null);
  if (opened.stack === null) {
    const first = opened.refusals[0];
    const path = first !== undefined && "path" in first.evidence ? first.evidence.path : "";
    const message = `a layer cannot be opened: ${path} (${first?.errno ?? "EIO"})`;
    return { overlay, trouble: { kind: "unreadable", message } };
  }
  const target = targetOf(spec, opened.stack);
  closeStack(host.native, opened.stack);
  if (target === null) {
    return {
      overlay,
      trouble: { kind: "no-journal", message: "without an upper layer there is no journal" },
    };
  }
  const session = opener(host, target, { lower: lower ? target.lower.map(({ name }) => name) : [] });
  if (session instanceof ApplyTrouble) return { overlay, trouble: toTrouble(session) };
  return { overlay, target, session };
}

export function listJournals(spec: MountSpec, host: WriteHost): JournalList {
  const opening = openJournals(spec, false, host, openReader);
  const head = { schema: JOURNALS_SCHEMA, tool: { version: VERSION }, overlay: opening.overlay } as const;
  if ("trouble" in opening) return { ...head, journals: [], trouble: opening.trouble };
  const { session, target } = opening;
  try {
    const found = session.journals();
    if (found instanceof ApplyTrouble) return { ...head, journals: [], trouble: toTrouble(found) };
    return { ...head, journals: found.map((one) => infoOf(one, target)), trouble: null };
  } finally {
    session.close();
  }
}

const STATES = {
  open: "interrupted",
  finished: "done",
  undoing: "interrupted",
  undone: "undone",
  left: "left",
} as const satisfies Record<JournalSummary["state"], JournalState>;

export function infoOf(one: JournalSummary, target: Target): JournalInfo {
  const { id, state, started, actions, command, problem } = one;
  return {
    id,
    path: journalPath(target, id),
    command: command === null ? null : commandOf(id),
    begun: started,
    changes: actions,
    state: problem === null ? STATES[state] : "unknown",
  };
}

/** By path or by name; unless one is asked for, the newest that can be undone. */
export function choose(
  journals: readonly JournalInfo[],
  asked: Buffer | null,
  target: Target,
  { files }: WriteHost,
): JournalInfo | null {
  if (asked === null) return journals.find(({ state }) => state === "done") ?? null;
  const text = asked.toString("latin1").replace(/\/+$/, "");
  const slash = text.lastIndexOf("/");
  // Another overlay's runs have the same names.
  if (slash >= 0 && !isHome(asked.subarray(0, Math.max(slash, 1)), target, files)) return null;
  const name = text.slice(slash + 1);
  const wanted = parseJournalName(name)?.id ?? name;
  return journals.find(({ id }) => id === wanted) ?? null;
}

/** Does this path lead to the folder of this overlay's journals? */
function isHome(path: Buffer, { work }: Target, files: WriteHost["files"]): boolean {
  const [given, own] = [files.stat(path), files.lstat(homeOf(work.path))];
  return (
    typeof given !== "number" && typeof own !== "number" && given.dev === own.dev && given.ino === own.ino
  );
}

export function missing(asked: Buffer | null): Trouble {
  const message =
    asked === null
      ? "there is no run that could be undone"
      : `${safeText(asked.toString())} is no journal of this overlay: undo --list shows those that there are`;
  return { kind: "no-journal", message };
}
