// Builds the two programs as single files: packages/*/dist/{swarmd,swarmctl}.cjs. They need nothing
// beside a Node of the pinned major version.
import { chmodSync, statSync } from "node:fs";
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

const programs = [
  { entry: "packages/swarmd/src/shell/main.ts", output: "packages/swarmd/dist/swarmd.cjs" },
  { entry: "packages/swarmctl/src/main.ts", output: "packages/swarmctl/dist/swarmctl.cjs" },
];

/** Builds both programs and says how large they are. */
export async function buildPrograms(): Promise<void> {
  for (const { entry, output } of programs) {
    await build({
      entryPoints: [entry],
      outfile: output,
      bundle: true,
      platform: "node",
      target: "node24",
      format: "cjs",
      conditions: ["@swarmkit/source"],
      banner: { js: "#!/usr/bin/env node" },
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
