/** Containers by what their own tools say of them. */
import type { Ran } from "../host/processes.js";
import {
  cannotTell,
  locate,
  refuse,
  type SpecFailure,
  type SpecResult,
  specFromOptions,
} from "./build-spec.js";
import {
  areWhole,
  type ContainerStorage,
  containerStorage,
  type GraphLayers,
  graphOptions,
  NOT_WHOLE,
  snapshotMount,
  snapshotOfContainer,
} from "./inspect-output.js";
import { optionsInForce } from "./mounted.js";
import { parseOptions } from "./options.js";
import type { RequestedOptions } from "./spec.js";
import type { LookupPlace } from "./tree-files.js";

/** Which tool is asked; each is a flag of this name. */
export type ContainerTool = "docker" | "podman" | "containerd";

export interface ContainerWorld {
  readonly place: LookupPlace;
  /** Runs a tool to its end. */
  readonly run: (program: string, args: readonly string[]) => Ran;
  /** Given beside it: they outrank what the tools know. */
  readonly options: RequestedOptions;
}

/** Names and ids of containers: what Docker and podman give out. */
const CONTAINER = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** The namespace of containerd that Docker uses. */
const DOCKER_NAMESPACE = "moby";
/** Docker mounts without the index, whatever the module's default is. */
const DOCKER_OPTIONS: RequestedOptions = { index: false };
/** Where ctr shall say that it would mount: it does not. */
const TARGET = "/overlay";

/** A container, or a snapshot of containerd's, to its overlay. */
export function specFromContainer(tool: ContainerTool, id: string, world: ContainerWorld): SpecResult {
  switch (tool) {
    case "docker":
      return fromDocker(id, world);
    case "podman":
      return fromPodman(id, world);
    case "containerd":
      return fromContainerd(id, world);
  }
}

function fromDocker(id: string, world: ContainerWorld): SpecResult {
  const storage = inspect("docker", id, world);
  if ("ok" in storage) return storage;
  if (storage.kind === "layers") return fromLayers("docker", storage.layers, DOCKER_OPTIONS, world);
  const { key, snapshotter } = storage;
  return fromSnapshot(`docker ${id}`, "docker", { namespace: DOCKER_NAMESPACE, key, snapshotter }, world);
}

function fromPodman(id: string, world: ContainerWorld): SpecResult {
  const name = `podman ${id}`;
  const storage = inspect("podman", id, world);
  if ("ok" in storage) return storage;
  if (storage.kind !== "layers") return refuse(name, `its layers are a snapshot of ${storage.snapshotter}`);
  const info = ask(name, "podman", ["info", "--format", "{{json .Store.GraphOptions}}"], world);
  if ("ok" in info) return info;
  const store = graphOptions(info.stdout);
  if (store === null) return cannotTell(name, "the output of podman info is not understood");
  if (store.program !== null) return refuse(name, `${store.program} mounts it, not the kernel's overlayfs`);
  const parsed = parseOptions([Buffer.from(store.mountOptions)]);
  if (!parsed.ok) return refuse(name, `mountopt: ${parsed.error.option}: ${parsed.error.reason}`);
  return fromLayers("podman", storage.layers, parsed.parsed.options, world);
}

/** `named`: a container or a key, with NAMESPACE/ before it where it is not ctr's own choice. */
function fromContainerd(named: string, world: ContainerWorld): SpecResult {
  const name = `containerd ${named}`;
  const [, namespace = null, key = named] = /^([^/]+)\/(.+)$/s.exec(named) ?? [];
  if (named.startsWith("-") || key.startsWith("-"))
    return refuse(name, "no container or key begins like that");
  const info = ask(name, "ctr", [...inNamespace(namespace), "containers", "info", key], world);
  if (!("ok" in info)) {
    const snapshot = snapshotOfContainer(info.stdout);
    if (snapshot === null) return cannotTell(name, "the output of ctr containers info is not understood");
    if (snapshot.key === null) {
      return refuse(name, "containerd does not keep its layers: one of Docker's is named with --docker");
    }
    return fromSnapshot(name, "containerd", { ...snapshot, namespace, key: snapshot.key }, world);
  }
  // No container has this name: then it is a snapshot's.
  return info.impossible
    ? info
    : fromSnapshot(name, "containerd", { namespace, key, snapshotter: null }, world);
}

interface Snapshot {
  /** Null: ctr's default, or what CONTAINERD_NAMESPACE says. */
  readonly namespace: string | null;
  readonly key: string;
  /** Null: ctr's default, or what CONTAINERD_SNAPSHOTTER says. */
  readonly snapshotter: string | null;
}

function fromSnapshot(name: string, source: string, snapshot: Snapshot, world: ContainerWorld): SpecResult {
  const { namespace, key, snapshotter } = snapshot;
  // ctr would take it for an option.
  if (key.startsWith("-")) return refuse(name, "no snapshot's key begins like that");
  const chosen = snapshotter === null ? [] : ["--snapshotter", snapshotter];
  const args = [...inNamespace(namespace), "snapshots", ...chosen, "mounts", TARGET, key];
  const told = ask(name, "ctr", args, world);
  if ("ok" in told) return told.error.reason === NOT_FOUND ? refuse(name, noSnapshot(namespace)) : told;
  const mount = snapshotMount(told.stdout, TARGET);
  if ("why" in mount) return refuse(name, mount.why);
  const parsed = parseOptions([Buffer.from(mount.options)]);
  if (!parsed.ok) return refuse(name, `${parsed.error.option}: ${parsed.error.reason}`);
  const { lower, data, upper, work } = parsed.parsed;
  if (!areWhole([...lower, ...data, upper, work].filter((path) => path !== null)))
    return cannotTell(name, NOT_WHOLE);
  const options = { ...parsed.parsed.options, ...world.options };
  return specFromOptions({ ...parsed.parsed, options }, source, world.place);
}

function inNamespace(namespace: string | null): string[] {
  return namespace === null ? [] : ["-n", namespace];
}

function noSnapshot(namespace: string | null): string {
  const where = namespace === null ? "ctr's namespace" : `namespace ${namespace}`;
  return `${where} has neither a container nor a snapshot of that name; one of another is NAMESPACE/KEY`;
}

/** What is mounted has its options from the kernel; else they are those that the tool is known to give. */
function fromLayers(
  source: string,
  layers: GraphLayers,
  known: RequestedOptions,
  world: ContainerWorld,
): SpecResult {
  const { lower, upper, work, merged } = layers;
  const { place } = world;
  const inForce = merged === null ? {} : optionsInForce(locate(merged, place) ?? merged, place);
  const options = { ...known, ...inForce, ...world.options };
  const parsed = {
    lower,
    data: [],
    upper,
    work,
    options,
    ignored: [],
    order: ["lower", "upper", "work"] as const,
  };
  return specFromOptions(parsed, source, place);
}

/** Where a container's layers are, told apart from all that has none. */
function inspect(
  tool: "docker" | "podman",
  id: string,
  world: ContainerWorld,
): Extract<ContainerStorage, { kind: "layers" | "snapshot" }> | SpecFailure {
  const name = `${tool} ${id}`;
  if (!CONTAINER.test(id)) return refuse(name, "is no name or id of a container");
  const told = ask(name, tool, ["container", "inspect", id], world);
  if ("ok" in told)
    return told.error.reason === NOT_FOUND ? refuse(name, "there is no such container") : told;
  const storage = containerStorage(told.stdout);
  if (storage.kind === "other") return refuse(name, storage.why);
  return storage.kind === "unclear" ? cannotTell(name, storage.why) : storage;
}

const NOT_FOUND = "not found";
const SAYS_NOT_FOUND =
  /no such (container|object)|container not known|does not exist: not found|": not found/i;
/** Of containerd, for what is a layer of an image. */
const SAYS_COMMITTED = /not active or view/;

/** What a tool prints, or why it printed nothing: {@link NOT_FOUND} where it does not know what it was asked for. */
function ask(
  name: string,
  program: string,
  args: readonly string[],
  { run }: ContainerWorld,
): Ran | SpecFailure {
  const ran = run(program, args);
  if (ran.failure === "ENOENT") return cannotTell(name, `the program ${program} is not installed`);
  if (ran.failure === "ETIMEDOUT") return cannotTell(name, `${program} does not answer`);
  if (ran.failure !== null) return cannotTell(name, `cannot run ${program}: ${ran.failure}`);
  if (ran.code === 0) return ran;
  if (SAYS_NOT_FOUND.test(ran.stderr)) return refuse(name, NOT_FOUND);
  if (SAYS_COMMITTED.test(ran.stderr))
    return refuse(name, "it is a committed snapshot, which nothing mounts");
  return cannotTell(name, complaint(ran.stderr) ?? `${program} ended with exit code ${ran.code}`);
}

/** The line of an error output that says what is wrong. */
function complaint(stderr: string): string | null {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^(Error|ctr|FATA)/.test(line)) ?? lines.at(-1) ?? null;
}
