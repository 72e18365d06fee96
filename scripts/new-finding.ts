/**
 * Scaffolds a finding: evidence, catalogue entry, page and fixture. What it writes does not pass the tests
 * until it is filled in; that is its purpose.
 *
 * Run: npx tsx scripts/new-finding.ts GROUP CODE
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GROUPS, isCode } from "../src/lib/catalogue/index.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const catalogue = join(root, "src", "lib", "catalogue");

const ENTRY = (code: string): string => `  "${code}": {
    severity: "error",
    title: "",
    message: (e) => e.what,
    explanation: "",
    cause: "",
    kernel: { effect: "lookup-fails", source: [], detail: "" },
    repair: { action: "", safety: "confirm", loses: null, command: null },
  },
`;

const EVIDENCE = (code: string): string => `  "${code}": { readonly what: string };\n`;

const PAGE = (code: string): string => `# ${code}

The entry's title, and a full stop.

| severity | kernel | unattended repair | command |
| --- | --- | --- | --- |
| error | lookup-fails | confirm: only after a look at the plan | none |

## What it means

## What the kernel does

## How it comes about

## See it by hand

## What to do
`;

const FIXTURE = (code: string): string => `import { fixture } from "../support/fixture.js";

/** The state in one sentence: who did what, and how it shows. */
export default fixture({
  code: "${code}",
  build(o) {
    o.file("lower/a", "old");
    o.live(() => o.file("mnt/a", "new"));
    // Damage it here.
  },
  findings: [["${code}", "error", "upper", "a"]],
});
`;

function fail(line: string): never {
  process.stderr.write(`new-finding: ${line}\n`);
  process.exit(16);
}

/** Put text in front of the first line that is `mark`, behind `from`. */
function insert(path: string, mark: string, text: string, from = ""): void {
  const source = readFileSync(path, "utf8");
  const at = source.indexOf(mark, Math.max(source.indexOf(from), 0));
  if (at < 0) fail(`${path}: no line "${mark.trim()}"`);
  writeFileSync(path, source.slice(0, at + 1) + text + source.slice(at + 1));
}

function create(path: string, text: string): void {
  if (existsSync(path)) fail(`${path} is there already`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const [group = "", code = ""] = process.argv.slice(2);
const groups = Object.keys(GROUPS);
if (!groups.includes(group)) fail(`which group? One of ${groups.join(", ")}`);
if (!/^[a-z]+(-[a-z]+)*$/.test(code)) fail("which code? Words of small letters, with hyphens between");
if (isCode(code)) fail(`${code} is there already`);

const heading = `interface ${group.slice(0, 1).toUpperCase()}${group.slice(1)} {`;
insert(join(catalogue, "evidence.ts"), "\n}", EVIDENCE(code), heading);
insert(join(catalogue, `${group}.ts`), "\n} satisfies Partial<Entries>", ENTRY(code));
create(join(root, "docs", "findings", `${code}.md`), PAGE(code));
create(join(root, "test", "fixtures", `${code}-case`, "fixture.ts"), FIXTURE(code));

process.stdout.write(
  [
    "Fill in, in this order:",
    `  src/lib/catalogue/evidence.ts            the evidence of ${code}`,
    `  src/lib/catalogue/${`${group}.ts`.padEnd(22)} its entry`,
    `  docs/findings/${code}.md`,
    `  test/fixtures/${code}-case/fixture.ts       what it looks like: rename "case" to what sets it apart`,
    "  src/lib/checks/                          the check that finds it",
    "Then: npx tsx scripts/write-schemas.ts && npm test",
    "",
  ].join("\n"),
);
