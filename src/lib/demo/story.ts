/**
 * On, off, on: the failure that the index exists to prevent, shown on a real mount with real handles; and the same
 * overlay put right, too late and in time.
 */
import { readText, removeFile, writeText } from "../host/scratch.js";
import type { Answer, Client } from "./client.js";
import type { Stage } from "./stage.js";

const EXPORTED = "index=on,nfs_export=on";
const OFF = "index=off,nfs_export=off";

const FIRST = { text: "first version" };
const SECOND = { text: "second version" };
const LOST = { text: "what the client wrote" };
const THIRD = { text: "third version" };
const STALE = { errno: "ESTALE" };
const GONE = { errno: "ENOENT" };
const BROKEN = { errno: "EIO" };

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
type Expected = readonly [expected: Answer, remark?: string, tone?: Tone];

const shown = (answer: Answer): string => ("text" in answer ? `"${answer.text}"` : answer.errno);

class Story<Handle> {
  /** What went otherwise than told. */
  readonly surprises: string[] = [];
  private step = 0;

  constructor(
    private readonly stage: Stage,
    private readonly client: Client<Handle>,
    private readonly teller: StoryTeller,
  ) {}

  private async export(): Promise<void> {
    this.stage.mount(EXPORTED);
    await this.client.begin();
  }

  private async unexport(): Promise<void> {
    await this.client.end();
    this.stage.umount();
  }

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

  private answer(what: string, answer: Answer, ...[expected, remark, tone]: Expected): void {
    const wanted = "text" in expected ? expected : { errno: this.client.calls(expected.errno) };
    this.show(what, shown(answer), shown(wanted), remark, tone);
  }

  private async byName(name: string, ...expected: Expected): Promise<void> {
    this.answer(`${name} by its name:`, await this.client.readByName(name), ...expected);
  }

  private async byHandle(name: string, handle: Handle, ...expected: Expected): Promise<void> {
    this.answer(`${name} by the handle:`, await this.client.read(handle), ...expected);
  }

  /** On the server, while nothing is exported. */
  private onServer(name: string, expected: Answer): void {
    this.show(`${name} by its name:`, shown(readText(this.stage.path(name))), shown(expected));
  }

  private done(command: string, isDone: boolean): void {
    if (!isDone) this.surprises.push(`${command}: it could not be carried through`);
  }

  /** What the client writes through its handle. */
  private async write(handle: Handle, { text }: { readonly text: string }): Promise<void> {
    const error = await this.client.write(handle, text);
    this.show("writing by the handle:", error ?? "succeeds", "succeeds");
  }

  async tell(): Promise<void> {
    const held = await this.open();
    this.editWithoutIndex();
    this.chapter("Before it is exported again, ovl-index check looks at it");
    await this.teller.check(this.stage.options(EXPORTED));
    this.stage.remember();
    await this.exportAllTheSame(held);
    await this.mendTooLate(held);
    this.stage.goBack();
    await this.mendInTime(held);
  }

  private async open(): Promise<Held<Handle>> {
    const { client } = this;
    this.chapter(`Exported (${EXPORTED}); a client opens two files`);
    await this.export();
    const held = { report: await client.handleOf("report"), plan: await client.handleOf("plan") };
    await this.byHandle("report", held.report, FIRST);
    await this.byHandle("plan", held.plan, FIRST);
    await this.unexport();
    return held;
  }

  private editWithoutIndex(): void {
    const { stage } = this;
    this.chapter(`Mounted once without its index (${OFF})`);
    stage.mount(OFF);
    this.teller.say("   report is edited, plan is deleted");
    writeText(stage.path("report"), SECOND.text);
    removeFile(stage.path("plan"));
    this.onServer("report", SECOND);
    this.onServer("plan", GONE);
    stage.umount();
  }

  private async exportAllTheSame({ report, plan }: Held<Handle>): Promise<void> {
    this.chapter("Exported again all the same; the client still holds its handles");
    await this.export();
    await this.byName("report", SECOND);
    await this.byHandle("report", report, FIRST, "old data, and no error");
    await this.byHandle("plan", plan, FIRST, "it was deleted");
    await this.write(report, LOST);
    await this.byHandle("report", report, LOST);
    await this.byName("report", SECOND, "no name leads to the write");
    await this.unexport();

    this.chapter("And the mount after that");
    await this.export();
    await this.byName("report", BROKEN, "the name itself is broken now");
    await this.byHandle("report", report, STALE);
    await this.unexport();
  }

  private async mendTooLate({ report }: Held<Handle>): Promise<void> {
    const { stage, teller } = this;
    this.chapter("Too late: ovl-index repair gives the name back, not what was written");
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    await this.export();
    await this.byName("report", SECOND);
    await this.byHandle("report", report, SECOND);
    await this.unexport();
  }

  private async mendInTime({ report, plan }: Held<Handle>): Promise<void> {
    const { stage, teller } = this;
    this.chapter("In time: back to before the second export, and ovl-index repair first");
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    this.done("undo", await teller.undo(stage.options(EXPORTED)));
    this.done("repair", await teller.repair(stage.options(EXPORTED)));
    await this.export();
    await this.byHandle("report", report, SECOND, "what the name shows", "good");
    await this.byHandle("plan", plan, STALE, "as it should be: it was deleted", "good");
    await this.write(report, THIRD);
    await this.byName("report", THIRD, "the write is where it belongs", "good");
    await this.unexport();

    this.chapter("And the mount after that");
    await this.export();
    await this.byName("report", THIRD);
    await this.byHandle("report", report, THIRD);
    await this.byName("plan", GONE);
    await this.unexport();
  }
}

/** The handles that a client holds. */
interface Held<Handle> {
  readonly report: Handle;
  readonly plan: Handle;
}

/**
 * Tell the story on a new stage.
 * @returns What went otherwise than told; empty where all went as told.
 * @throws StageError where the stage cannot be set.
 */
export async function tellStory<Handle>(
  stage: Stage,
  client: Client<Handle>,
  teller: StoryTeller,
): Promise<readonly string[]> {
  stage.build({ report: FIRST.text, plan: FIRST.text });
  const story = new Story(stage, client, teller);
  try {
    await story.tell();
  } finally {
    await client.end();
    stage.dispose();
  }
  return story.surprises;
}
