// The C libraries that prebuilds are linked with: not this machine's but old ones, of Debian 11: glibc 2.31, of which no
// symbol is used that is younger than what Node 20 itself wants (2.28), and musl 1.2.2. apt fetches and verifies them,
// apart from this machine's own packages and lists.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../native/recipe.js";

const MIRROR = process.env.DEBIAN_MIRROR ?? "http://deb.debian.org/debian";
const SUITE = "bullseye";
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES = ["libc6", "libc6-dev", "linux-libc-dev", "musl", "musl-dev"];

export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    ...options,
  });
  if (result.error)
    fail(`cannot run ${command}: ${result.error.code} (Debian: apt-get install apt gcc binutils)`);
  if (result.status !== 0)
    fail(`${command} ${args.join(" ")} failed${result.stdout ? `: ${result.stdout}` : ""}`);
  return result.stdout;
}

/** Unpacked in a folder of `sysroots` for each processor, by Node's name of it; fetched once. */
export function fetchSysroots(sysroots, processors) {
  if (processors.every(({ node }) => existsSync(join(sysroots, node)))) return;
  const apt = join(sysroots, "apt");
  for (const part of ["lists/partial", "cache/archives/partial", "debs"])
    mkdirSync(join(apt, part), { recursive: true });
  const debians = processors.map(({ debian }) => debian);
  writeFileSync(
    join(apt, "sources"),
    `deb [arch=${debians.join(",")} signed-by=${KEYS}] ${MIRROR} ${SUITE} main\n`,
  );
  writeFileSync(join(apt, "status"), "");
  const settings = {
    "Dir::Etc::SourceList": join(apt, "sources"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::State::Status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(join(apt, "conf"), `${lines.join("")}APT::Architectures { "${debians.join('"; "')}"; };\n`);
  const options = { cwd: join(apt, "debs"), env: { ...process.env, APT_CONFIG: join(apt, "conf") } };
  run("apt-get", ["-qq", "update"], options);
  const wanted = debians.flatMap((debian) => PACKAGES.map((name) => `${name}:${debian}`));
  run("apt-get", ["-qq", "download", ...wanted], options);
  for (const { node, debian } of processors) {
    const files = readdirSync(options.cwd).filter((name) => name.endsWith(`_${debian}.deb`));
    const made = join(sysroots, `${node}.part`);
    rmSync(made, { recursive: true, force: true });
    for (const file of files) run("dpkg-deb", ["-x", join(options.cwd, file), made]);
    renameSync(made, join(sysroots, node));
  }
  rmSync(apt, { recursive: true });
}
