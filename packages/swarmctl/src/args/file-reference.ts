import { accept, type Parsed, refuse } from "./parsed.ts";

/** A secret or config, and the file name that it gets inside the container. */
export interface FileReference {
  readonly name: string;
  readonly target: string;
}

/** `NAME[:TARGET]`; without a target the file is called as the object is. */
export function parseFileReference(text: string): Parsed<FileReference> {
  const remedy = "write NAME[:TARGET]";
  const [name = "", target = name, ...more] = text.split(":").map((part) => part.trim());
  if (name === "" || target === "" || more.length > 0) {
    return refuse(`"${text}" is not a name with a file name`, remedy);
  }
  return accept({ name, target });
}
