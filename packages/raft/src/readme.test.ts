import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const directory = join(dirname(fileURLToPath(import.meta.url)), "..");

test("the README's example prints what the README says", () => {
  const readme = readFileSync(join(directory, "README.md"), "utf8");
  const [example = "", output = ""] = [...readme.matchAll(/```(?:ts)?\n(.*?)```/gs)].map(
    (match) => match[1] ?? "",
  );
  expect(example.split("\n").length).toBeLessThan(60);
  const args = ["--conditions=@swarmkit/source", "--input-type=module-typescript", "-"];
  const printed = execFileSync(process.execPath, args, {
    cwd: directory,
    input: example,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect(printed).toBe(output);
});
