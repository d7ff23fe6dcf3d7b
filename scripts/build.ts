// Builds the two programs as single files: packages/*/dist/{swarmd,swarmctl}.cjs. They need nothing
// beside a Node of the pinned major version.
import { chmodSync, statSync } from "node:fs";
import { basename } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Modules that a dependency loads and this project never uses, replaced by nothing: docker over SSH
 * (with its native code) and BuildKit sessions.
 */
const unused = /^(?:ssh2|cpu-features|\.\/ssh|\.\/session)$/;

const leaveOut: Plugin = {
  name: "leave-out",
  setup(builder) {
    builder.onResolve({ filter: unused }, ({ path, importer }) =>
      /\/(?:docker-modem|dockerode)\//.test(importer) ? { path, namespace: "left-out" } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "" }));
  },
};

/** What the programs are built for. */
const nodeMajor = 24;

const programs = [
  { entry: "packages/swarmd/src/shell/main.ts", output: "packages/swarmd/dist/swarmd.cjs" },
  { entry: "packages/swarmctl/src/main.ts", output: "packages/swarmctl/dist/swarmctl.cjs" },
];

/** A line that old versions of Node understand, unlike all that follows it. */
function refuseOldNode(output: string): string {
  const program = basename(output, ".cjs");
  const message = `${program}: error: Node " + process.versions.node + " is too old: use Node ${nodeMajor} or later\\n`;
  return `if (parseInt(process.versions.node) < ${nodeMajor}) { process.stderr.write("${message}"); process.exit(1); }`;
}

/** Builds both programs and says how large they are. */
export async function buildPrograms(): Promise<void> {
  for (const { entry, output } of programs) {
    await build({
      entryPoints: [entry],
      outfile: output,
      bundle: true,
      platform: "node",
      target: `node${nodeMajor}`,
      format: "cjs",
      conditions: ["@swarmkit/source"],
      banner: { js: `#!/usr/bin/env node\n${refuseOldNode(output)}` },
      minify: true,
      keepNames: true,
      sourcemap: "linked",
      logLevel: "warning",
      plugins: [leaveOut],
    });
    chmodSync(output, 0o755);
    console.error(`built ${output} (${Math.round(statSync(output).size / 1024)} KiB)`);
  }
}

if (import.meta.main) await buildPrograms();
