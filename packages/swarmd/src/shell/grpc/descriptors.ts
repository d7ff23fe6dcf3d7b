import { readFileSync } from "node:fs";

/** How many files and connections this process may have open; Infinity where that is not known. */
export function descriptorsMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files +([0-9]+) /m.exec(limits)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // Not Linux, or no /proc: the kernel's own limit stands.
    return Infinity;
  }
}
