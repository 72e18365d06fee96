/**
 * On, off, on: the failure that the index exists to prevent, shown on a real mount with real handles.
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

export interface StoryTeller {
  readonly say: (line: string) => void;
  /** Show the report of `check` for these mount options, indented. */
  readonly check: (options: string) => Promise<void>;
  readonly bad: (text: string) => string;
  readonly strong: (text: string) => string;
}

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

  private show(what: string, seen: string, expected: string, remark = ""): void {
    const mark = remark === "" ? "" : `   ${this.teller.bad(`<- ${remark}`)}`;
    this.teller.say(`   ${what.padEnd(26)} ${seen}${mark}`);
    if (seen !== expected) this.surprises.push(`${what}: expected ${expected}, saw ${seen}`);
  }

  private byName(name: string, expected: string, remark = ""): void {
    const read = readText(this.stage.path(name));
    this.show(`${name} by its name:`, "text" in read ? `"${read.text}"` : read.errno, expected, remark);
  }

  private byHandle(name: string, handle: RawHandle, expected: string, remark = ""): void {
    const read = readByHandle(Buffer.from(this.stage.merged), handle);
    const seen = typeof read === "number" ? errnoName(read) : `"${read.toString("utf8")}"`;
    this.show(`${name} by the handle:`, seen, expected, remark);
  }

  async tell(): Promise<void> {
    const { stage, teller } = this;
    this.chapter(`The overlay is exported (${EXPORTED}); a client opens two files`);
    stage.mount(EXPORTED);
    const report = keepHandle(stage, "report");
    const plan = keepHandle(stage, "plan");
    this.byHandle("report", report, `"${FIRST}"`);
    this.byHandle("plan", plan, `"${FIRST}"`);
    stage.umount();

    this.chapter(`Mounted once without its index (${OFF}): report is edited, plan deleted`);
    stage.mount(OFF);
    writeText(stage.path("report"), SECOND);
    removeFile(stage.path("plan"));
    this.byName("report", `"${SECOND}"`);
    this.byName("plan", "ENOENT");
    stage.umount();

    this.chapter("Before it is exported again, ovl-index check looks at it");
    await teller.check(stage.options(EXPORTED));

    this.chapter("Exported again all the same; the client still holds its handles");
    stage.mount(EXPORTED);
    this.byName("report", `"${SECOND}"`);
    this.byHandle("report", report, `"${FIRST}"`, "old data, and no error");
    this.byHandle("plan", plan, `"${FIRST}"`, "it was deleted");
    const written = writeByHandle(Buffer.from(stage.merged), report, LOST);
    this.show("writing by the handle:", written === 0 ? "succeeds" : errnoName(written), "succeeds");
    this.byHandle("report", report, `"${LOST}"`);
    this.byName("report", `"${SECOND}"`, "the write is in no file that has a name");
    stage.umount();

    this.chapter("And the mount after that");
    stage.mount(EXPORTED);
    this.byName("report", "EIO", "the name itself is broken now");
    this.byHandle("report", report, "ESTALE");
    stage.umount();

    this.chapter("ovl-index check knows that, too");
    await teller.check(stage.options(EXPORTED));
  }
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
