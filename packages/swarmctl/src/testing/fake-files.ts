import { alreadyThere, type CreateFile } from "../new-file.ts";

/** Files in memory: `files` are those that are there, by path. */
export function createFakeFiles(files: Map<string, Uint8Array>): CreateFile {
  return async (path, { replaces }) => {
    if (files.has(path) && !replaces) throw alreadyThere(path);
    const chunks: Uint8Array[] = [];
    return {
      write: async (bytes) => void chunks.push(bytes),
      commit: async () => void files.set(path, Buffer.concat(chunks)),
      discard: async () => undefined,
    };
  };
}
