// The definition of done: types, lint, format, import boundaries, generated code, tidiness and the
// quick tests. Stops at the first failure and says how to mend it.
import { spawnSync } from "node:child_process";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly remedy: string;
}

const steps: readonly Step[] = [
  { name: "types", command: ["tsc", "-b"], remedy: "mend the types named above" },
  { name: "lint and format", command: ["biome", "check", "."], remedy: "pnpm format mends most" },
  {
    name: "imports",
    command: ["node", "scripts/check-imports.ts"],
    remedy: "ARCHITECTURE.md draws the boundaries",
  },
  {
    name: "generated code",
    command: ["node", "scripts/generate.ts", "--check"],
    remedy: "pnpm generate",
  },
  {
    name: "unit and tidy tests",
    command: ["vitest", "run", "--project", "unit", "--project", "tidy"],
    remedy: "mend the tests named above",
  },
];

/** Runs the steps that `names` selects, all by default; false when one failed. */
export function check(names: readonly string[] = steps.map(({ name }) => name)): boolean {
  for (const { name, command, remedy } of steps.filter((step) => names.includes(step.name))) {
    const [program = "", ...programArguments] = command;
    const begin = performance.now();
    const done = spawnSync(program, programArguments, { stdio: "inherit" });
    if (done.status !== 0) {
      console.error(`check: ${name} failed: ${remedy}`);
      return false;
    }
    console.error(`check: ${name} ok (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }
  return true;
}

if (import.meta.main) process.exitCode = check() ? 0 : 1;
