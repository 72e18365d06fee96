/**
 * On, off, on: the failure that the index exists to prevent, shown on a real mount with real handles; and the same
 * overlay put right, too late and in time.
 * What an NFS server gives a client is what name_to_handle_at(2) gives here, and what it does with it is what
 * open_by_handle_at(2) does.
 */

import { errnoName } from "../host/errno.js";
import { handleOf, readByHandle, writeByHandle } from "../host/handle-io.js";
import type { RawHandle } from "../host/native.js";
import { readText, removeFile, writeText } from "../host/scratch.js";
import { type Stage, StageError } from "./stage.js";

const EXPORTED = "index=on,nfs_export=on";
const OFF = "index=off,nfs_export=off";

const FIRST = "first version";
const SECOND = "second version";
const LOST = "what the client wrote";
const THIRD = "third version";

export interface StoryTeller {
  readonly say: (line: string) => void;
  /** Show the report of `check` for these mount options, indented. */
  readonly check: (options: string) => Promise<void>;
  /** Carry `repair -y` out, and show what it does. False where the overlay is not ready then. */
  readonly repair: (options: string) => Promise<boolean>;
  /** Take that back. False where it could not be. */
  readonly undo: (options: string) => Promise<boolean>;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly strong: (text: string) => string;
}

type Tone = "bad" | "good";

function keepHandle(stage: Stage, name: string): RawHandle {
  const handle = handleOf(Buffer.from(stage.merged), Buffer.from(name));
  if (typeof handle === "number") throw new StageError(`no handle of ${name}: ${errnoName(handle)}`);
  return handle;
}

class Story {
  /** What went otherwise than told. */
  readonly surprises: string[] = [];
  private step = 0;

  constructor(
    private readonly stage: Stage,
    private readonly teller: StoryTeller,
  ) {}

  private chapter(title: string): void {
    this.step += 1;
    this.teller.say("");
    this.teller.say(this.teller.strong(`${this.step}. ${title}`));
  }

  private show(what: string, seen: string, expected: string, remark = "", tone: Tone = "bad"): void {
    const mark = remark === "" ? "" : `   ${this.teller[tone](`<- ${remark}`)}`;
    this.teller.say(`   ${what.padEnd(26)} ${seen}${mark}`);
    if (seen !== expected) this.surprises.push(`${what}: expected ${expected}, saw ${seen}`);
  }

  private byName(name: string, expected: string, remark?: string, tone?: Tone): void {
    const read = readText(this.stage.path(name));
    this.show(`${name} by its name:`, "text" in read ? `"${read.text}"` : read.errno, expected, remark, tone);
  }

  private byHandle(name: string, handle: RawHandle, expected: string, remark?: string, tone?: Tone): void {
    const read = readByHandle(Buffer.from(this.stage.merged), handle);
    const seen = typeof read === "number" ? errnoName(read) : `"${read.toString("utf8")}"`;
    this.show(`${name} by the handle:`, seen, expected, remark, tone);
  }

  private done(command: string, isDone: boolean): void {
    if (!isDone) this.surprises.push(`${command}: it could not be carried through`);
  }

  /** What the client writes through its handle. */
  private write(handle: RawHandle, text: string): void {
    const written = writeByHandle(Buffer.from(this.stage.merged), handle, text);
    this.show("writing by the handle:", written === 0 ? "succeeds" : errnoName(written), "succeeds");
  }

  async tell(): Promise<void> {
    const client = this.open();
    this.editWithoutIndex();
    this.chapter("Before it is exported again, ovl-index check looks at it");
    await this.teller.check(this.stage.options(EXPORTED));
    this.stage.remember();
    this.exportAllTheSame(client);
    await this.mendTooLate(client);
    this.stage.goBack();
    await this.mendInTime(client);
  }

  private open(): Client {
    const { stage } = this;
    this.chapter(`Exported (${EXPORTED}); a client opens two files`);
    stage.mount(EXPORTED);
    const client = { report: keepHandle(stage, "report"), plan: keepHandle(stage, "plan") };
    this.byHandle("report", client.report, `"${FIRST}"`);
    this.byHandle("plan", client.plan, `"${FIRST}"`);
    stage.umount();
    return client;
  }

  private editWithoutIndex(): void {
    const { stage } = this;
    this.chapter(`Mounted once without its index (${OFF})`);
    stage.mount(OFF);
    this.teller.say("   report is edited, plan is deleted");
    writeText(stage.path("report"), SECOND);
    removeFile(stage.path("plan"));
    this.byName("report", `"${SECOND}"`);
    this.byName("plan", "ENOENT");
    stage.umount();
  }

  private exportAllTheSame({ report, plan }: Client): void {
    const { stage } = this;
    this.chapter("Exported again all the same; the client still holds its handles");
    stage.mount(EXPORTED);
    this.byName("report", `"${SECOND}"`);
    this.byHandle("report", report, `"${FIRST}"`, "old data, and no error");
    this.byHandle("plan", plan, `"${FIRST}"`, "it was deleted");
    this.write(report, LOST);
    this.byHandle("report", report, `"${LOST}"`);
    this.byName("report", `"${SECOND}"`, "no name leads to the write");
    stage.umount();

    this.chapter("And the mount after that");
    stage.mount(EXPORTED);
    this.byName("report", "EIO", "the name itself is broken now");
    this.byHandle("report", report, "ESTALE");
    stage.umount();
  }

  private async mendTooLate({ report }: Client): Promise<void> {
    const { stage, teller } = this;
    this.chapter("Too late: ovl-index repair gives the name back, not what was written");
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    stage.mount(EXPORTED);
    this.byName("report", `"${SECOND}"`);
    this.byHandle("report", report, `"${SECOND}"`);
    stage.umount();
  }

  private async mendInTime({ report, plan }: Client): Promise<void> {
    const { stage, teller } = this;
    this.chapter("In time: back to before the second export, and ovl-index repair first");
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    this.done("undo", await teller.undo(stage.options(EXPORTED)));
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    stage.mount(EXPORTED);
    this.byHandle("report", report, `"${SECOND}"`, "what the name shows", "good");
    this.byHandle("plan", plan, "ESTALE", "as it should be: it was deleted", "good");
    this.write(report, THIRD);
    this.byName("report", `"${THIRD}"`, "the write is where it belongs", "good");
    stage.umount();

    this.chapter("And the mount after that");
    stage.mount(EXPORTED);
    this.byName("report", `"${THIRD}"`);
    this.byHandle("report", report, `"${THIRD}"`);
    this.byName("plan", "ENOENT");
    stage.umount();
  }
}

/** The handles that a client holds. */
interface Client {
  readonly report: RawHandle;
  readonly plan: RawHandle;
}

/**
 * Tell the story on a new stage.
 * @returns What went otherwise than told; empty where all went as told.
 * @throws StageError where the stage cannot be set.
 */
export async function tellStory(stage: Stage, teller: StoryTeller): Promise<readonly string[]> {
  stage.build({ report: FIRST, plan: FIRST });
  const story = new Story(stage, teller);
  try {
    await story.tell();
  } finally {
    stage.dispose();
  }
  return story.surprises;
}
