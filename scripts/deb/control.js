// What dpkg wants to know of a package, for the files that layout.js has put in place.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DOC, filesIn, HOME, put } from "./layout.js";

/** Debian's own revision of this version. */
const REVISION = 1;

/** As devscripts has it. */
const MAINTAINER = `${process.env.DEBFULLNAME ?? "The ovl-index authors"} <${process.env.DEBEMAIL ?? "maintainers@ovl-index.invalid"}>`;

/** As of `glibc 2.28`, that Node 20 wants; our own addon wants less. */
const DEPENDS = "nodejs (>= 20~), libc6 (>= 2.28)";

const description = `offline fsck for the persistent handle index of overlayfs
 An overlayfs mount that is exported over NFS hands out file handles, and
 clients hold them for weeks. ovl-index tells, offline, whether every handle
 will lead to the right object, and what the kernel will do with the layers
 and their index when they are mounted. It builds, migrates and repairs the
 index by a plan that is shown first, through a journal that survives a crash
 and can be played backwards.`;

/** After it is unpacked, and whenever dpkg changes the Node that it runs with. */
const postinst = `#!/bin/sh
set -e

case "$1" in
configure | triggered)
	# V8's compiled code of the program, for this Node. It starts without, too, only later.
	rm -f /${HOME}/dist/bundle/*.code
	node /${HOME}/bin/load.js >/dev/null 2>&1 || true
	;;
esac

if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
	systemctl --system daemon-reload >/dev/null || true
fi
`;

const prerm = `#!/bin/sh
set -e

rm -f /${HOME}/dist/bundle/*.code
`;

const postrm = `#!/bin/sh
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl --system daemon-reload >/dev/null || true
fi
`;

const changelog = (version, seconds) => `ovl-index (${version}) unstable; urgency=medium

  * See changelog.gz for what changed.

 -- ${MAINTAINER}  ${new Date(seconds * 1000).toUTCString().replace("GMT", "+0000")}
`;

/** A text as a field that goes on for lines. */
const continued = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (line.trim() === "" ? " ." : ` ${line}`))
    .join("\n");

const copyright = (license) => `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ovl-index
Comment:
 The bundle contains work of others, under the MIT, ISC, BlueOak-1.0.0 and
 Apache-2.0 licences: each is in /${HOME}/dist/bundle/LICENSES.

Files: *
Copyright: ${/^Copyright.*$/m.exec(license)[0].replace("Copyright (c) ", "")}
License: Expat
${continued(license.slice(license.indexOf("Permission")))}
`;

/** Kibibytes as policy counts them: each file rounded up. */
const size = (tree, files) =>
  files.reduce((sum, file) => sum + Math.ceil(statSync(join(tree, file)).size / 1024), 0);

/** Writes DEBIAN/ and the documents that policy asks for; returns the name of the package's file. */
export function control(unpacked, tree, architecture, seconds) {
  const { version: upstream } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  const version = `${upstream}-${REVISION}`;
  const read = (file) => readFileSync(join(unpacked, file), "utf8");
  put(tree, `${DOC}/copyright`, copyright(read("LICENSE")));
  put(tree, `${DOC}/changelog.gz`, gzipSync(read("CHANGELOG.md"), { level: 9 }));
  put(tree, `${DOC}/changelog.Debian.gz`, gzipSync(changelog(version, seconds), { level: 9 }));

  const files = filesIn(tree);
  const sums = files.map((file) => {
    const sum = createHash("md5")
      .update(readFileSync(join(tree, file)))
      .digest("hex");
    return `${sum}  ${file}\n`;
  });
  const fields = {
    Package: "ovl-index",
    Version: version,
    Architecture: architecture,
    Maintainer: MAINTAINER,
    "Installed-Size": size(tree, files),
    Depends: DEPENDS,
    Conflicts: "overlayfs-tools",
    Section: "admin",
    Priority: "optional",
    Description: description,
  };
  const debian = join(tree, "DEBIAN");
  mkdirSync(debian, { mode: 0o755 });
  const write = (name, text, mode) => {
    writeFileSync(join(debian, name), text);
    chmodSync(join(debian, name), mode);
  };
  write(
    "control",
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
    0o644,
  );
  write("md5sums", sums.join(""), 0o644);
  write("triggers", "interest-noawait /usr/bin/node\n", 0o644);
  write("postinst", postinst, 0o755);
  write("prerm", prerm, 0o755);
  write("postrm", postrm, 0o755);
  return `ovl-index_${version}_${architecture}`;
}
