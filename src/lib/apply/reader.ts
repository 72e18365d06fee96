/** The journals of an overlay as anybody may look at them: without the lock, mounted or not, on a read-only filesystem. */
import type { LayerName } from "../catalogue/index.js";
import { isInterrupted, type JournalName } from "../format/journalName.js";
import { Folder } from "./folder.js";
import { Ground, type OpenLayer, openToRead } from "./ground.js";
import { atHome, listRuns, type Runs } from "./home.js";
import { countChanges } from "./journal.js";
import { notOpened } from "./lower.js";
import { findMount } from "./mounted.js";
import { readJournal } from "./recover.js";
import { attempt, Stop } from "./trouble.js";
import {
  type ApplyHost,
  type JournalSummary,
  type SessionOptions,
  type Target,
  Trouble,
  type UndoResult,
} from "./types.js";
import { undoRun } from "./undo.js";

/** Nothing is locked, and nothing can be written. */
export function openReader(host: ApplyHost, target: Target, options: SessionOptions): Reader | Trouble {
  const ground = new Ground(host, target, new Map<LayerName, OpenLayer>());
  const lower = target.lower.filter(({ name }) => options.lower.includes(name));
  for (const root of [{ name: "upper", ...target.upper }, { name: "work", ...target.work }, ...lower]) {
    const fd = openToRead(host, root);
    if (fd >= 0) ground.add(root.name, { fd, dev: root.dev });
    else {
      ground.close();
      return notOpened(fd, root.name, root.path, "reading");
    }
  }
  return new Reader(ground, options);
}

/** What one can ask of journals; {@link close} it. */
export class Reader {
  constructor(
    protected readonly ground: Ground,
    protected readonly options: SessionOptions,
  ) {}

  /** Newest first. */
  journals(): readonly JournalSummary[] | Trouble {
    return atHome(this.ground, () =>
      attempt(() =>
        listRuns(this.ground)
          .folders.toReversed()
          .map((name) => this.summary(name)),
      ),
    );
  }

  /** Could this run be undone as things are? */
  mayUndo(id: string): UndoResult | Trouble {
    return attempt(() => {
      const runs = listRuns(this.ground);
      refuseInterrupted(runs);
      const possible = undoRun(this.ground, runs, id, { dryRun: true });
      const mounted = findMount(this.ground.host, this.ground.target, this.options.lower);
      if (mounted !== null) throw new Stop(mounted);
      return possible;
    });
  }

  close(): void {
    this.ground.close();
  }

  private summary(name: JournalName): JournalSummary {
    const { id, state } = name;
    const journal = attempt(() => readJournal(Folder.existing(this.ground, name)));
    if (journal === null || journal instanceof Trouble) {
      const problem = journal === null ? "nothing was done" : journal.message;
      return { id, state, command: null, started: null, actions: 0, changes: 0, problem };
    }
    const { header, finished, batches, actions } = journal;
    return {
      id,
      state,
      command: header.command,
      started: header.started,
      actions: finished?.actions ?? actions,
      changes: finished?.changes ?? countChanges(batches),
      problem: null,
    };
  }
}

/** @throws Stop where a run, or an undo, has to be recovered first. */
export function refuseInterrupted({ folders }: Runs): void {
  const interrupted = folders.find(isInterrupted);
  if (interrupted === undefined) return;
  throw new Stop(new Trouble("unfinished", `${interrupted.id} was interrupted: recover it first`));
}
