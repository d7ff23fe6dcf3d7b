// Runs one of the project's TypeScript scripts on the pinned Node, installing what is missing first.
// Plain JavaScript: it must start on whatever Node (20 or later) the machine has.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const toolchain = join(root, ".toolchain");
const bin = join(toolchain, "node_modules", ".bin");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [script, ...scriptArguments] = process.argv.slice(2);

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or later.`);
if (script === undefined) fail("usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT ...]");

const environment = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
// npm exports its own settings to what it runs; the package manager below has its own.
for (const name of Object.keys(environment)) {
  if (/^npm_/i.test(name)) delete environment[name];
}

installToolchain();
installPackages();
const child = spawn(
  join(bin, "node"),
  ["--conditions=@swarmkit/source", join(root, script), ...scriptArguments],
  { cwd: root, env: environment, stdio: "inherit" },
);
// Ctrl-C reaches the script by itself, and what it cleans up is waited for.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => fail(`cannot run ${script}: ${error.message}`));
child.once("exit", (status, signal) => {
  process.exit(status ?? 128 + (constants.signals[signal] ?? 0));
});

/** Puts the pinned Node and pnpm into `.toolchain`, unless they are there already. */
function installToolchain() {
  const wanted = Object.entries(manifest.toolchain).map(([name, version]) => `${name}@${version}`);
  const stamp = join(toolchain, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted.join(" ")) return;
  process.stderr.write(`Installing ${wanted.join(" and ")} into .toolchain ...\n`);
  mkdirSync(toolchain, { recursive: true });
  writeFileSync(join(toolchain, "package.json"), '{ "private": true }\n');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // The `node` package fetches its binary in an install script, so scripts must be on.
  const options = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts=false"];
  run(npm, ["install", ...options, ...wanted], { cwd: toolchain, env: process.env });
  writeFileSync(stamp, wanted.join(" "));
}

/** Installs the workspace's packages when the lock file is newer than the last install. */
function installPackages() {
  const lock = join(root, "pnpm-lock.yaml");
  const installed = join(root, "node_modules", ".modules.yaml");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stderr.write("Installing packages ...\n");
  run(join(bin, "pnpm"), ["install", "--frozen-lockfile", "--reporter=silent"], {
    cwd: root,
    env: { ...environment, CI: "true" },
  });
}

/** Runs a command; its output is shown on stderr, and a failure ends this program. */
function run(command, commandArguments, options) {
  const done = spawnSync(command, commandArguments, { ...options, stdio: ["ignore", 2, 2] });
  if (done.error !== undefined) fail(`cannot run ${command}: ${done.error.message}`);
  if (done.status !== 0) {
    fail(`"${command} ${commandArguments.join(" ")}" failed: is the npm registry reachable?`);
  }
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
