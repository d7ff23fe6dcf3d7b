import type { Mount, MountTmpfsOptions } from "@swarmkit/proto/types";
import { newMount } from "./mount.ts";
import { accept, type Parsed, parseEach, refuse } from "./parsed.ts";

const remedy = "write PATH[:OPTION,…] with size=64m, mode=755, ro, rw, exec or noexec";

/**
 * Mounts in memory: `/run:size=64m,mode=755,ro`. Since these come from a list that was split at its
 * commas, an item that is no absolute path goes on with the options of the one before.
 */
export function parseTmpfsList(items: readonly string[]): Parsed<readonly Mount[]> {
  const mounts: string[] = [];
  for (const item of items) {
    const before = mounts.at(-1);
    if (item.startsWith("/") || before === undefined) mounts.push(item);
    else mounts[mounts.length - 1] = `${before},${item}`;
  }
  return parseEach(mounts, parseTmpfs);
}

interface Options {
  readonly readonly: boolean;
  readonly tmpfs: MountTmpfsOptions;
}

function parseTmpfs(text: string): Parsed<Mount> {
  const [target = "", optionsText, ...more] = text.split(":");
  if (!target.startsWith("/")) return refuse(`"${target}" is not an absolute path`, remedy);
  if (more.length > 0) return refuse("it has more than one colon", remedy);
  const mount = newMount("TMPFS", "", target);
  if (optionsText === undefined) return accept(mount);
  let options: Options = { readonly: false, tmpfs: { sizeBytes: 0, mode: 0, options: "" } };
  for (const word of optionsText.split(",")) {
    const next = addOption(options, word);
    if (!next.ok) return next;
    options = next.value;
  }
  return accept({ ...mount, readonly: options.readonly, tmpfsOptions: options.tmpfs });
}

function addOption(options: Options, word: string): Parsed<Options> {
  const { tmpfs } = options;
  switch (word) {
    case "ro":
    case "rw":
      return accept({ ...options, readonly: word === "ro" });
    case "exec":
    case "noexec":
      return accept({ ...options, tmpfs: { ...tmpfs, options: word } });
  }
  const [key, value = ""] = word.split("=", 2);
  if (key === "size") {
    const sizeBytes = parseSize(value);
    if (sizeBytes === undefined) return refuse(`"${value}" is not a size`, remedy);
    return accept({ ...options, tmpfs: { ...tmpfs, sizeBytes } });
  }
  if (key === "mode") {
    if (!/^[0-7]{1,5}$/.test(value)) return refuse(`"${value}" is not an octal mode`, remedy);
    return accept({ ...options, tmpfs: { ...tmpfs, mode: Number.parseInt(value, 8) } });
  }
  return refuse(`"${word}" is not an option of tmpfs`, remedy);
}

function parseSize(text: string): number | undefined {
  const match = /^([0-9]+)([kmg]?)$/.exec(text);
  if (match === null) return undefined;
  const unit = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[match[2] ?? ""] ?? 1;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
