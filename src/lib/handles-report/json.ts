/** `handles save --json` and `handles verify --json`. */
import type { HandleRecord } from "../handles/record.js";
import type { Saved } from "../handles/save.js";
import { type Outcome, VERDICTS, type Verdict } from "../handles/verdicts.js";
import type { Verified } from "../handles/verify.js";
import { jsonPath, lineItems, overlayJson } from "../report/json.js";
import { VERSION } from "../version.js";

export const SAVE_SCHEMA = "ovl-index/handles-save/1";
export const VERIFY_SCHEMA = "ovl-index/handles-verify/1";
/** What is listed; of the rest the number is enough. */
const LISTS: readonly Outcome[] = ["stale", "wrong"];
const tool = { version: VERSION };

/** Where a file is named, `fileHex` has the bytes that are not UTF-8. */
function fileFields(file: Buffer): object {
  const { path, pathHex } = jsonPath(file);
  return { file: path, ...(pathHex === undefined ? {} : { fileHex: pathHex }) };
}

export function saveJson(file: Buffer, saved: Saved): string {
  const { records, copiesUp } = saved;
  return `${JSON.stringify({ schema: SAVE_SCHEMA, tool, ...fileFields(file), records, copiesUp }, null, 2)}\n`;
}

/** The document in pieces. The file is read again for each list. */
export function* verifyJson(verified: Verified): Generator<string> {
  const { file, header, through, check, verdicts } = verified;
  const head = {
    schema: VERIFY_SCHEMA,
    tool,
    ...fileFields(file),
    saved: header.saved,
    through,
    overlay: check === null ? null : overlayJson(check.overlay),
    mount: check === null ? null : check.prediction.mount,
    complete: check?.complete ?? true,
    provisional: check?.provisional ?? false,
    total: verdicts.size,
    same: verdicts.count("same"),
    sameBySecondInode: verdicts.times("same-second-inode"),
    deleted: verdicts.count("deleted"),
    deletedAndOpens: verdicts.times("deleted-and-opens"),
  };
  yield JSON.stringify(head, null, 2).slice(0, -2);
  for (const outcome of LISTS) {
    yield `,\n  "${outcome}": `;
    yield* lineItems(items(verified, outcome));
  }
  yield "\n}\n";
}

function* items({ judged }: Verified, outcome: Outcome): Generator<string> {
  for (const { record, verdict } of judged([outcome])) yield item(record, verdict);
}

function item({ path, type, wire }: HandleRecord, verdict: Verdict): string {
  const handle = `${wire.type.toString(16)}:${wire.bytes.toString("hex")}`;
  return JSON.stringify({ ...jsonPath(path), type, handle, verdict, reason: VERDICTS[verdict].reason });
}
