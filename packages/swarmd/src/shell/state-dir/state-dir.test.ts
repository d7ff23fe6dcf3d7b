import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { openStateDir } from "./state-dir.ts";

let directory: ReturnType<typeof makeTempDir>;

beforeEach(() => {
  directory = makeTempDir();
});

afterEach(() => {
  directory.remove();
});

test("a new state directory is this user's alone and has SwarmKit's layout", async () => {
  const root = join(directory.path, "a", "state");
  const { close, paths } = await openStateDir(root);
  expect(statSync(root).mode & 0o777).toBe(0o700);
  expect(readdirSync(root).sort()).toEqual(["certificates", "raft", "worker"]);
  expect(paths).toMatchObject({
    stateFile: join(root, "state.json"),
    nodeKey: join(root, "certificates", "swarm-node.key"),
    wal: join(root, "raft", "wal-v3-encrypted"),
    snapshots: join(root, "raft", "snap-v3-encrypted"),
  });
  await close();
});

test("a directory in use is refused, and free again after a close", async () => {
  const first = await openStateDir(directory.path);
  await expect(openStateDir(directory.path)).rejects.toMatchObject({
    code: "state-dir-locked",
    message: expect.stringContaining(directory.path),
  });
  await first.close();
  const second = await openStateDir(directory.path);
  await second.close();
});

test("the lock of a killed process is gone with it", async () => {
  const script = `
    import { openStateDir } from ${JSON.stringify(import.meta.resolve("./state-dir.ts"))};
    await openStateDir(${JSON.stringify(directory.path)});
    process.stdout.write("locked");
    setInterval(() => undefined, 1000);`;
  const child = spawn(
    process.execPath,
    ["--conditions=@swarmkit/source", "--input-type=module", "--eval", script],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  await expect(openStateDir(directory.path)).rejects.toMatchObject({ code: "state-dir-locked" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const { close } = await openStateDir(directory.path);
  await close();
});

test("without the flock program the lock is a socket, and as strict", async () => {
  const { PATH: path } = process.env;
  Object.assign(process.env, { PATH: "" });
  try {
    const first = await openStateDir(directory.path);
    const again = openStateDir(directory.path);
    await expect(again).rejects.toMatchObject({ code: "state-dir-locked" });
    await first.close();
    await (await openStateDir(directory.path)).close();
  } finally {
    Object.assign(process.env, { PATH: path });
  }
});

test("a path that cannot be a directory is refused with its name", async () => {
  const file = join(directory.path, "file");
  writeFileSync(file, "");
  for (const root of [file, join(file, "below")]) {
    await expect(openStateDir(root)).rejects.toMatchObject({
      message: expect.stringContaining(`cannot use the state directory ${root}`),
    });
  }
});

test("a directory on a file system that takes no files is refused with the remedy", async () => {
  await expect(openStateDir("/sys/kernel/swarmd-state")).rejects.toMatchObject({
    code: "state-dir-unwritable",
    message: expect.stringMatching(/\/sys\/kernel\/swarmd-state: .*write permission$/),
  });
});

test("an existing directory keeps its mode", async () => {
  const root = join(directory.path, "state");
  mkdirSync(root, { mode: 0o750 });
  const { close } = await openStateDir(root);
  expect(statSync(root).mode & 0o777).toBe(0o750);
  await close();
});
