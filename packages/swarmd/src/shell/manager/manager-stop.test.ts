// A manager that is stopped while it starts: a demotion may come at any moment, and the process lives on.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatId, idEntropyBytes } from "../../core/lib/ids.ts";
import { type Clock, systemClock } from "../clock.ts";
import { parseFlags, type SwarmdFlags } from "../flags.ts";
import { silentLogger } from "../log.ts";
import { findMembership } from "../node/membership.ts";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { openStateDir } from "../state-dir/state-dir.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { Manager } from "./manager.ts";

const ids = (): string => formatId(randomBytes(idEntropyBytes));

let directory: ReturnType<typeof makeTempDir>;
/** Timers that are armed. */
let timers: Set<object>;

const clock: Clock = {
  now: () => systemClock.now(),
  setTimer: (atMs, fire) => {
    const timer = {};
    timers.add(timer);
    const cancel = systemClock.setTimer(atMs, () => {
      timers.delete(timer);
      fire();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  },
};

beforeEach(() => {
  directory = makeTempDir();
  timers = new Set();
});
afterEach(() => directory.remove());

test("stopped at any moment of its start, it leaves nothing behind that runs", async () => {
  for (let turns = 0, hasStarted = false; !hasStarted; turns = turns * 2 + 1) {
    const { manager, flags, fatal } = await aFounder(`${directory.path}/${turns}`);
    const starting = manager.start().then(
      () => "serving",
      () => "given up",
    );
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    hasStarted = existsSync(flags.listenControlApi);
    await manager.stop();
    if (!hasStarted) expect(await starting, `after ${turns} turns`).toBe("given up");
    expect(timers.size, `after ${turns} turns`).toBe(0);
    expect(await isListening(flags.listenControlApi), `after ${turns} turns`).toBe(false);
    expect(fatal).toEqual([]);
  }
});

interface Founder {
  readonly manager: Manager;
  readonly flags: SwarmdFlags;
  readonly fatal: readonly Error[];
}

async function aFounder(path: string): Promise<Founder> {
  const command = parseFlags([
    ...["--state-dir", path, "--listen-control-api", `${path}/control.sock`],
    ...["--listen-remote-api", "127.0.0.1:0"],
  ]);
  if (command.kind !== "run") throw new Error("not a command to run");
  const { flags } = command;
  const { paths } = await openStateDir(path);
  const { credentials, founding } = await findMembership({ flags, paths, ids, nowMs: Date.now() });
  const security = new SecurityConfig(credentials);
  const fatal: Error[] = [];
  const manager = new Manager({
    ...{ security, founding, mayBeUnfounded: true, joinAddress: undefined, flags, paths, clock },
    ...{ ids, prng: Math.random, log: silentLogger, otherManagers: () => [] },
    fatal: (error) => fatal.push(error),
    removed: () => undefined,
    renewCertificate: () => undefined,
  });
  return { manager, flags, fatal };
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
