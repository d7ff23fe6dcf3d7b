/** The flags that there are, dashes included. */
export interface KnownFlags {
  /** Flags that are followed by a value. */
  readonly valued: ReadonlySet<string>;
  /** Flags that are there or not. */
  readonly switches: ReadonlySet<string>;
}

const truth: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  true: true,
  "0": false,
  f: false,
  false: false,
};

/** Turns Go's `--tty=false` into `--no-tty` and `--tty=true` into `--tty`. */
export function expandSwitches(words: readonly string[], known: KnownFlags): readonly string[] {
  const expanded: string[] = [];
  let isValue = false;
  for (const [index, word] of words.entries()) {
    if (word === "--" && !isValue) return [...expanded, ...words.slice(index)];
    const [, name = "", value = ""] = (isValue ? null : /^(--[a-z-]+)=(.*)$/.exec(word)) ?? [];
    isValue = !isValue && known.valued.has(word);
    const isOn = known.switches.has(name) ? truth[value.toLowerCase()] : undefined;
    if (isOn === undefined) expanded.push(word);
    else if (isOn) expanded.push(name);
    else if (!name.startsWith("--no-")) expanded.push(name.replace("--", "--no-"));
  }
  return expanded;
}
