// Transcripts: a file of stanzas, each a directive line, `----`, and what came of it. Replaying renders the
// file anew; a difference to the file is a changed behaviour, and the diff says which.

/** One line such as `propose 1 x`. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
}

const separator = "----";

/** Renders `source` again with the output of every stanza replaced by what `handle` answers. */
export function replay(source: string, handle: (directive: Directive) => string): string {
  return `${source
    .trim()
    .split(/\n{2,}/)
    .map((stanza) => replayStanza(stanza, handle))
    .join("\n\n")}\n`;
}

function replayStanza(stanza: string, handle: (directive: Directive) => string): string {
  const lines = stanza.split("\n");
  const head = lines.findIndex((line) => !line.startsWith("#"));
  if (head < 0) return stanza;
  const [name = "", ...args] = (lines[head] ?? "").trim().split(/\s+/);
  const output = handle({ name, args });
  return [...lines.slice(0, head + 1), separator, output === "" ? "ok" : output].join("\n");
}
