// A private engine's place on the machine: a bridge, an address range and the cgroups of its name.
//
// A claim is the bridge itself: creating it is the lock, its alias holds the owner's process id. A
// claim that comes upon a dead owner's slot releases it first. A release removes the bridge, every
// other link with an address in the range, and the cgroups; the caller ends their processes before.
// Needs root, and `ip`; so the search path for such programs is here too, for all who start some.
import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { describeError, run, say } from "./run.ts";

/** The engine's claim of a bridge and its address range, 10.N.0.0/16. */
export interface Slot {
  readonly name: string;
  readonly prefix: string;
}

const slotFirst = 160;
const slotCount = 64;
const cgroupRoot = "/sys/fs/cgroup";
/** A root shell without a login may lack the folders in which Debian keeps these programs. */
const { PATH: givenPath = "" } = process.env;
export const searchPath: string = `${givenPath}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
/** What the programs on `searchPath` are started with. */
export const environment: NodeJS.ProcessEnv = { ...process.env, PATH: searchPath };

/** Claims a bridge by creating it, which only one process can do. */
export async function claimSlot(): Promise<Slot> {
  const first = randomInt(slotCount);
  for (let attempt = 0; attempt < slotCount; attempt++) {
    const number = slotFirst + ((first + attempt) % slotCount);
    const slot = { name: `swarmkit${number}`, prefix: `10.${number}` };
    // The alias holds its owner's process id; the bridge of a dead owner is nobody's.
    const owner = readIfThere(`/sys/class/net/${slot.name}/ifalias`).trim();
    if (owner !== "" && !existsSync(`/proc/${owner}`)) await releaseSlot(slot);
    if ((await listLinks(slot.prefix)).length > 0) continue;
    const added = await ip("link", "add", slot.name, "type", "bridge");
    if (added.status !== 0) {
      if (added.stderr.includes("File exists")) continue;
      throw new Error(`cannot create a network bridge: ${added.stderr.trim()}`);
    }
    await ip("link", "set", slot.name, "alias", String(process.pid));
    await ip("address", "add", `${slot.prefix}.0.1/24`, "dev", slot.name);
    await ip("link", "set", slot.name, "up");
    return slot;
  }
  throw new Error(`the networks 10.${slotFirst}.0.0/16 and up are all in use`);
}

/** Removes the bridge, those of the networks that the engine made, and the cgroups. */
export async function releaseSlot(slot: Slot): Promise<void> {
  for (const name of await listLinks(slot.prefix)) await ip("link", "delete", name);
  if (existsSync(`/sys/class/net/${slot.name}`)) await ip("link", "delete", slot.name);
  for (const cgroup of cgroupsOf(slot)) {
    try {
      rmdirSync(cgroup);
    } catch (error) {
      say(`warning: cannot remove ${cgroup}: ${describeError(error)}`);
    }
  }
}

/** The network interfaces with an address that starts with `prefix`. */
async function listLinks(prefix: string): Promise<string[]> {
  const { stdout } = await ip("-oneline", "-4", "address", "show");
  return stdout
    .split("\n")
    .map((line) => line.split(/\s+/))
    .filter(([, , , address]) => address?.startsWith(`${prefix}.`))
    .flatMap(([, name]) => name ?? []);
}

function ip(...words: readonly string[]): ReturnType<typeof run> {
  return run("ip", words, { environment });
}

/** The engine's cgroups, children first: one tree per controller with cgroup v1, one with v2. */
export function cgroupsOf(slot: Slot): string[] {
  if (!existsSync(cgroupRoot)) return [];
  const trees = [cgroupRoot, ...foldersIn(cgroupRoot)].map((folder) => join(folder, slot.name));
  const withChildren = (folder: string): string[] => [
    ...foldersIn(folder).flatMap(withChildren),
    folder,
  ];
  return trees.filter((folder) => existsSync(folder)).flatMap(withChildren);
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

/** The processes in a cgroup, without those of its children; none when it is gone. */
export function pidsOf(cgroup: string): number[] {
  return readIfThere(join(cgroup, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
}

/** The text of a file of the kernel, empty when it cannot be read. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Processes and cgroups come and go between being listed and being read.
    return "";
  }
}
