// The little of Markdown that the tidy tests look at.

/** The text without fenced blocks, which hold examples and drawings. */
export function withoutFences(text: string): string {
  return text.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1[ \t]*$/gm, "");
}

/** Targets of the links, as written. */
export function findLinks(text: string): readonly string[] {
  return [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** What stands between backquotes. */
export function findCode(text: string): readonly string[] {
  return [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** Rows of the first table below a heading, as trimmed cells; head and rule are left out. */
export function readTable(text: string, heading: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.endsWith(` ${heading}`));
  if (begin < 0) throw new Error(`there is no heading "${heading}"`);
  const next = lines.findIndex((line, index) => index > begin && /^#+ /.test(line));
  const section = lines.slice(begin + 1, next < 0 ? undefined : next);
  const rows = section.filter((line) => line.startsWith("|")).map(toCells);
  if (rows.length < 3) throw new Error(`there is no table below "${heading}"`);
  return rows.slice(2);
}

/** The first piece of code in a cell; the cell itself when it has none. */
export function firstCode(cell: string | undefined): string {
  return findCode(cell ?? "")[0] ?? cell ?? "";
}

function toCells(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
