// What keeps a swarmd from starting: each time one line that says what, why and what to do.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type LocalNode, LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import {
  flagsIn,
  makeTestFolder,
  runSwarmd,
  runSwarmdUnprivileged,
  swarmdRefusal,
  type TestFolder,
} from "../lib/swarmd-run.ts";

const fake = ["--executor", "fake"] as const;

let folder: TestFolder;
/** One manager, which every test may be refused by. */
let swarm: LocalSwarm;
let manager: LocalNode;

beforeAll(async () => {
  folder = makeTestFolder();
  swarm = new LocalSwarm({ directory: folder.path, flags: fake });
  manager = await swarm.startManager();
});

afterAll(async () => {
  await swarm.stopAll();
  folder.remove();
});

describe("the state directory", () => {
  test("one that may not be written is refused", async () => {
    const path = join(folder.path, "read-only");
    mkdirSync(path);
    chmodSync(path, 0o500);
    const flags = [...flagsIn(folder.path, "read-only"), ...fake];
    expect(await runSwarmdUnprivileged(...flags)).toEqual(
      swarmdRefusal(
        1,
        `cannot use the state directory ${path}: EACCES: permission denied, ` +
          `mkdir '${path}/certificates'; ` +
          "give the user that runs swarmd write permission [state-dir-unwritable]",
      ),
    );
    expect(readdirSync(path)).toEqual([]);
  });

  test("one that may not be made is refused", async () => {
    const parent = join(folder.path, "closed");
    mkdirSync(parent);
    chmodSync(parent, 0o500);
    const flags = [...flagsIn(folder.path, "closed/state"), ...fake];
    expect(await runSwarmdUnprivileged(...flags)).toEqual(
      swarmdRefusal(
        1,
        `cannot use the state directory ${parent}/state: EACCES: permission denied, ` +
          `mkdir '${parent}/state'; ` +
          "give the user that runs swarmd write permission [state-dir-unwritable]",
      ),
    );
  });

  test.each(["file", "file/below"])("a path that leads to a %s is refused", async (name) => {
    const file = join(folder.path, "file");
    writeFileSync(file, "something else");
    const path = join(folder.path, name);
    const flags = ["--state-dir", path, "--listen-remote-api", "127.0.0.1:0", ...fake];
    expect(await runSwarmd(...flags)).toEqual(
      swarmdRefusal(
        1,
        `cannot use the state directory ${path}: there is a file where a directory is needed; ` +
          "choose another --state-dir [state-dir-unwritable]",
      ),
    );
    expect(readFileSync(file, "utf8")).toBe("something else");
  });

  test("one that another swarmd uses is refused", async () => {
    const { stateDirectory } = manager;
    const flags = [...flagsIn(folder.path, "second"), "--state-dir", stateDirectory, ...fake];
    expect(await runSwarmd(...flags)).toEqual(
      swarmdRefusal(
        1,
        `the state directory ${stateDirectory} is in use by another swarmd: stop that one, ` +
          "or start this one with another --state-dir [state-dir-locked]",
      ),
    );
  });
});

describe("the control socket", () => {
  test("one that another swarmd serves is refused, and goes on to serve", async () => {
    const { controlSocket } = manager;
    const name = "socket-taken";
    const listen = ["--listen-control-api", controlSocket];
    expect(await runSwarmd(...flagsIn(folder.path, name), ...listen, ...fake)).toEqual(
      swarmdRefusal(
        1,
        `the control socket ${controlSocket} is in use by another program; stop that program, ` +
          "or choose another --listen-control-api [address-in-use]",
      ),
    );
    expect(await swarm.list("node", "ls")).toHaveLength(1);
  });

  test("a path without its directory is refused", async () => {
    const path = join(folder.path, "nowhere", "x.sock");
    const listen = ["--listen-control-api", path];
    const flags = [...flagsIn(folder.path, "socket-nowhere"), ...listen, ...fake];
    expect(await runSwarmd(...flags)).toEqual(
      swarmdRefusal(
        1,
        `cannot listen on the control socket ${path}: its directory does not exist; create it, ` +
          "or choose another --listen-control-api [listen-failed]",
      ),
    );
  });

  test("a file that is no socket is refused, and left alone", async () => {
    const path = join(folder.path, "precious");
    writeFileSync(path, "do not remove");
    const listen = ["--listen-control-api", path];
    const flags = [...flagsIn(folder.path, "socket-file"), ...listen, ...fake];
    expect(await runSwarmd(...flags)).toEqual(
      swarmdRefusal(
        1,
        `cannot listen on the control socket ${path}: there is a file that is no socket; ` +
          "choose another --listen-control-api [listen-failed]",
      ),
    );
    expect(readFileSync(path, "utf8")).toBe("do not remove");
  });

  test("one that a killed swarmd left behind is replaced", async () => {
    const other = new LocalSwarm({ directory: makeFolderIn("stale"), flags: fake });
    try {
      const node = await other.startManager();
      await other.stop(node, "SIGKILL");
      expect(existsSync(node.controlSocket)).toBe(true);
      other.start(node);
      await other.waitUntilServing();
      expect(await other.list("node", "ls")).toHaveLength(1);
    } finally {
      await other.stopAll();
    }
  });
});

describe("the remote port", () => {
  test("one in use is refused, and the same command starts once it is free", async () => {
    const port = await freePort();
    const holder = await holdPort(port);
    const other = new LocalSwarm({ directory: makeFolderIn("port"), flags: fake });
    try {
      const listen = ["--listen-remote-api", `127.0.0.1:${port}`];
      const node = other.addNode("manager-1", listen);
      expect(await runSwarmd(...node.flags)).toEqual(
        swarmdRefusal(
          1,
          `cannot listen on 127.0.0.1:${port}: it is in use; stop the program that holds it, ` +
            "or choose another --listen-remote-api [address-in-use]",
        ),
      );
      await close(holder);
      other.start(node);
      await other.waitUntilServing();
      expect(await other.list("node", "ls")).toHaveLength(1);
    } finally {
      holder.close();
      await other.stopAll();
    }
  });
});

function makeFolderIn(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
}

function holdPort(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
