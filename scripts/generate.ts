// Writes packages/proto/gen from the .proto files. With --check it writes nothing and exits 1 when a
// generated file is not what the .proto files say.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatDescriptor } from "./lib/generate-descriptor.ts";
import { readSchema } from "./lib/generate-schema.ts";
import { formatServices } from "./lib/generate-services.ts";
import { formatTypes } from "./lib/generate-types.ts";

const HEADER = `// Generated from packages/proto/proto by scripts/generate.ts. Do not edit: change the .proto
// files, then run \`pnpm generate\`.
`;

const root = resolve(import.meta.dirname, "..");
const packageFolder = join(root, "packages", "proto");
const schema = readSchema(packageFolder);
const files: Readonly<Record<string, string>> = {
  "types.ts": formatTypes(schema),
  "descriptor.ts": formatDescriptor(schema),
  "services.ts": formatServices(schema),
};

if (process.argv.includes("--check")) {
  const stale = Object.keys(files).filter((name) => readGenerated(name) !== wanted(name));
  if (stale.length > 0) {
    console.error(
      `packages/proto/gen is not what the .proto files say: ${stale.join(", ")}. ` +
        "Run `pnpm generate` and commit the result.",
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(join(packageFolder, "gen"), { recursive: true });
  for (const name of Object.keys(files)) {
    if (readGenerated(name) !== wanted(name)) writeFileSync(pathOf(name), wanted(name));
  }
}

function pathOf(name: string): string {
  return join(packageFolder, "gen", name);
}

function wanted(name: string): string {
  return `${HEADER}\n${files[name]}`;
}

function readGenerated(name: string): string | undefined {
  return existsSync(pathOf(name)) ? readFileSync(pathOf(name), "utf8") : undefined;
}
