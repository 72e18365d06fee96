/** examples/ for Ansible, GitHub and GitLab, as they run there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { program, ran, root } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { EXPORTED, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

/** Of Debian's python3-yaml, which Ansible needs, too. */
const TO_JSON = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
const yaml = (file: string) =>
  JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", TO_JSON], {
      input: readFileSync(join(root, "examples", file)),
      encoding: "utf8",
    }),
  );

describe.runIf(hasCommand("ansible-playbook") && hasCommand("jq"))("examples", () => {
  needsRoot("with an overlay", () => {
    let past: Past;
    let bin: string;
    let home: string;
    beforeEach(() => {
      past = new Past();
      past.change();
      bin = join(past.stage.root, "bin");
      home = join(past.stage.root, "home");
      mkdirSync(bin);
      mkdirSync(home);
      symlinkSync(program, join(bin, "ovl-index"));
      writeFileSync(join(bin, "sudo"), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    });
    afterEach(() => past.dispose());
    const surroundings = () => ({ HOME: home, PATH: `${bin}:${process.env["PATH"]}`, LC_ALL: "C.UTF-8" });

    describe("the Ansible role", () => {
      const play = (vars: Record<string, string>, ...args: string[]) => {
        const given = { ovl_index_options: past.options, ansible_become: false, ...vars };
        const { status, stdout } = ran(
          "ansible-playbook",
          ["-i", "localhost,", "-c", "local", "-e", JSON.stringify(given), ...args, "playbook.yml"],
          { cwd: join(root, "examples/ansible"), env: { ...surroundings(), ANSIBLE_NOCOLOR: "1" } },
        );
        const [, changed, failed] = /changed=(\d+) .*failed=(\d+)/.exec(stdout) ?? [stdout];
        return { status, changed, failed };
      };
      const [changed, same] = [
        { status: 0, changed: "1", failed: "0" },
        { status: 0, changed: "0", failed: "0" },
      ];

      it("tells with --check what it would do, does it once, and then there is nothing to do", () => {
        const before = past.dump();
        expect(play({}, "--check")).toEqual(changed);
        expect(past.dump()).toEqual(before);
        expect(play({})).toEqual(changed);
        expect(ran(process.execPath, [program, "check", "-q", "-o", past.options]).status).toBe(0);
        const after = past.dump();
        expect([play({}, "--check"), play({}), past.dump()]).toEqual([same, same, after]);
      });

      it("leaves alone what is mounted, and fails where it cannot help", () => {
        const mountpoint = past.stage.mnt.toString();
        past.live(EXPORTED, () => expect(play({ ovl_index_mountpoint: mountpoint })).toEqual(same));
        const repair = {
          ovl_index_command: "repair",
          ovl_index_consent: "-p",
          ovl_index_mountpoint: mountpoint,
        };
        expect(play(repair)).toEqual(changed);
        const nowhere = { ovl_index_options: "lowerdir=/no,upperdir=/no/u,workdir=/no/w" };
        expect(play(nowhere, "--check")).toMatchObject({ status: 2, changed: "0", failed: "1" });
      });
    });

    const script = (lines: string, env: Record<string, string>) =>
      ran("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", lines], {
        cwd: home,
        env: { ...surroundings(), ...env },
      });
    /** A name that would be a command of its own, were it printed as it is. */
    const forge = () => writeFileSync(join(past.dir, "lower/x\n::error::forged 100%"), "");

    it("the GitHub step annotates, and fails where the check does", () => {
      const { inputs, runs } = yaml("github/action.yml");
      const [step] = runs.steps;
      const output = join(home, "output");
      const run = (failOn: string) => {
        writeFileSync(output, "");
        const given: Record<string, string> = {
          options: past.options,
          require: inputs.require.default,
          "fail-on": failOn,
        };
        const env = Object.fromEntries(
          Object.entries(step.env as Record<string, string>).map(([name, value]) => [
            name,
            given[/^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)?.[1] ?? ""] ?? "",
          ]),
        );
        const { status, stdout } = script(step.run, { ...env, GITHUB_OUTPUT: output });
        return { status, lines: stdout.trimEnd().split("\n"), output: readFileSync(output, "utf8") };
      };
      forge();
      past.live([["index", "off"]], (at) => writeFileSync(join(at, "x\n::error::forged 100%"), "2"));
      const { status, lines, output: told } = run(inputs["fail-on"].default);
      expect({ status, told }).toEqual({ status: 4, told: "ready=false\n" });
      // In the order in which the directory is read.
      expect(lines.map((line) => line.split(": ")[0]).sort()).toEqual([
        "::error title=copied-up-not-indexed::upper:a",
        "::error title=copied-up-not-indexed::upper:x%0A::error::forged 100%25",
        "::error title=tombstone-missing::lower[1]:b",
      ]);
      expect(script("ovl-index build -y -o $O", { O: past.options }).status).toBe(0);
      expect(run("warning")).toEqual({ status: 0, lines: [""], output: "ready=true\n" });
    });

    it("the GitLab job reports, and fails where the check does", () => {
      const job = yaml("gitlab/check-overlay.yml")["check-overlay"];
      const run = () => script(job.script.join("\n"), { ...job.variables, OVERLAY_OPTIONS: past.options });
      const kept = (file: string) => JSON.parse(readFileSync(join(home, file), "utf8"));
      expect(run().status).toBe(4);
      const [report] = job.artifacts.paths;
      expect(kept(report)).toMatchObject({ schema: "ovl-index/check/1", ready: false });
      const quality = kept(job.artifacts.reports.codequality);
      expect(quality).toMatchObject([
        {
          check_name: "copied-up-not-indexed",
          severity: "critical",
          location: { path: "upper/a", lines: { begin: 1 } },
        },
        { check_name: "tombstone-missing", severity: "critical", location: { path: "lower[1]/b" } },
      ]);
      expect(new Set(quality.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(2);
      expect(script("ovl-index build -y -o $O", { O: past.options }).status).toBe(0);
      expect([run().status, kept(job.artifacts.reports.codequality)]).toEqual([0, []]);
    });
  });
});
