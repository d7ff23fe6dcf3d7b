// Core and raft are synchronous and know neither time nor chance. The compiler and Biome see most of it; this
// sees the rest, such as `async` without a type.
import { expect, test } from "vitest";
import { readFiles, type SourceFile, stripCommentsAndStrings } from "./repository.ts";

const impure: readonly (readonly [RegExp, string])[] = [
  [/\basync\b|\bawait\b|\bPromise\b|\bqueueMicrotask\b/g, "it is synchronous"],
  [/\bDate\b|\bperformance\b|\bTemporal\b/g, "the time comes as an argument"],
  [/\bset(?:Timeout|Interval|Immediate)\b/g, "nextDeadline() says when it wants to be called"],
  [/\bMath\s*\.\s*random\b|\bcrypto\b/g, "randomness comes as a Prng, ids from an IdSource"],
  [/\bconsole\b|\bprocess\b(?!\s*[(:])|\bBuffer\b/g, "the shell talks to the world"],
];

function findImpure({ path, text }: SourceFile): readonly string[] {
  const source = stripCommentsAndStrings(text);
  return impure.flatMap(([pattern, rule]) =>
    [...source.matchAll(pattern)].map(([word]) => `${path}: ${word}: ${rule}`),
  );
}

test("core and raft are pure", () => {
  const files = readFiles(
    /^packages\/(?:raft\/src|swarmd\/src\/core)\/(?!.*(?:\.test\.ts$|testing\/)).*\.ts$/,
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap(findImpure)).toEqual([]);
});

const planted = [
  "export async function f() {}",
  "const p: Promise<void> = q;",
  "const now = Date.now();",
  "const now = performance.now();",
  "setTimeout(f, 1);",
  "const x = Math.random();",
  "const id = crypto.randomUUID();",
  "if (process.env.X) f();",
  "console.warn(1);",
];

test.each(planted)("what is not pure is found: %s", (text) => {
  expect(findImpure({ path: "x.ts", text })).toHaveLength(1);
});

test("words in comments and strings do not count", () => {
  const text = '// No Date here.\n/* async */ const text = "await Promise";\n';
  expect(findImpure({ path: "x.ts", text })).toEqual([]);
});
