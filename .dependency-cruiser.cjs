// The one-way imports of the design, held by `npm run lint`. Top to bottom: a
// folder may import those in rows below its own, and its own files.
const rows = [
  ["demo"],
  ["run-report"],
  ["fsck"],
  ["repair"],
  ["handles-report"],
  ["handles"],
  ["apply"],
  ["migrations"],
  ["plan"],
  ["export"],
  ["html-report"],
  ["check"],
  ["resolve"],
  ["examine"],
  ["report"],
  ["inspect"],
  ["checks"],
  // The verdicts are pure functions over small interfaces; the model is what implements and asks them.
  ["model"],
  ["kernel"],
  ["scan"],
  ["layers"],
  ["mount"],
  ["host", "catalogue"],
  ["format"],
];

const inside = (names) => `^src/lib/(${names.join("|")})(/|\\.ts$)`;

const oneWay = rows.slice(1).flatMap((row, i) => {
  const above = rows.slice(0, i + 1).flat();
  return row.map((name) => ({
    name: `${name}-imports-downwards`,
    severity: "error",
    from: { path: inside([name]) },
    to: { path: inside([...above, ...row.filter((other) => other !== name)]) },
  }));
});

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "lib-knows-no-commands",
      comment: "the core is a library; commands are its users",
      severity: "error",
      from: { path: "^src/lib/" },
      to: { path: "^src/(commands/|cli\\.ts)" },
    },
    {
      name: "formats-and-catalogue-stand-alone",
      severity: "error",
      from: { path: inside(["format", "catalogue"]) },
      to: { path: "^src/", pathNot: inside(["format", "catalogue"]) },
    },
    {
      name: "only-host-touches-the-system",
      severity: "error",
      from: { path: "^src/", pathNot: inside(["host"]) },
      to: { path: "^((node:)?(fs|fs/promises|child_process)$|.*node_modules/fs-xattr/|native/)" },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".cjs", ".mjs", ".json"],
    },
  },
};
