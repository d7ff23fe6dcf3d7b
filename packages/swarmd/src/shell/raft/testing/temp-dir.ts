import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty directory, and how to remove it. */
export function makeTempDir(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "swarmd-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
