import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { replay } from "./testing/datadriven.ts";
import { interaction } from "./testing/interaction.ts";

// `vitest run packages/raft --update` rewrites the transcripts. Only keep a change that you can explain.
const directory = join(dirname(fileURLToPath(import.meta.url)), "../testdata/interaction");
const paths = globSync(join(directory, "*.txt")).sort();

test("there are transcripts to replay", () => {
  expect(paths.length).toBeGreaterThan(10);
});

for (const path of paths) {
  test(`the transcript ${basename(path, ".txt")} still holds`, async () => {
    const replayed = replay(readFileSync(path, "utf8"), interaction());
    await expect(replayed).toMatchFileSnapshot(path);
  });
}
