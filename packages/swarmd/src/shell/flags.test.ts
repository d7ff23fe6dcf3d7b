import { describe, expect, test } from "vitest";
import type { SwarmdError } from "./errors.ts";
import { parseFlags, type SwarmdFlags } from "./flags.ts";

function run(...argv: readonly string[]): SwarmdFlags {
  const command = parseFlags(argv);
  if (command.kind !== "run") throw new Error("the flags only print");
  return command.flags;
}

function refusalOf(...argv: readonly string[]): string {
  try {
    parseFlags(argv);
  } catch (error) {
    const { code, message } = error as SwarmdError;
    return `${code}: ${message}`;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("defaults", () => {
  test("without flags all is as in SwarmKit", () => {
    expect(run()).toEqual({
      logLevel: "info",
      stateDir: "/var/lib/swarmd",
      join: undefined,
      engineAddress: "unix:///var/run/docker.sock",
      isEngineExplicit: false,
      executor: "auto",
      hostname: undefined,
      listenRemoteApi: { host: "0.0.0.0", port: 4242 },
      advertiseRemoteApi: undefined,
      listenControlApi: "/var/run/swarmd.sock",
      heartbeatTicks: 1,
      electionTicks: 10,
      genericResources: [],
      mustBeManager: false,
      autolock: false,
      unlockKey: undefined,
      forceNewCluster: false,
      restore: undefined,
    });
  });

  test("an engine that was named must be there", () => {
    expect(run("--engine-addr", "unix:///x.sock").executor).toBe("docker");
    expect(run("--engine-addr", "unix:///x.sock", "--executor", "fake").executor).toBe("fake");
  });

  test("a lost quorum and a backup are asked for by flags of their own", () => {
    expect(run("--force-new-cluster")).toMatchObject({ forceNewCluster: true });
    expect(run("--restore", "/backup")).toMatchObject({ restore: "/backup" });
  });

  test("an unlock key is read, and locking is asked for by a switch", () => {
    const unlockKey = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
    const text = "SWMKEY-1-AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg";
    expect(run("--autolock", "--unlock-key", text)).toMatchObject({ autolock: true, unlockKey });
  });

  test("IPv6 addresses stand in brackets", () => {
    const flags = run("--listen-remote-api", "[::1]:4242");
    expect(flags.listenRemoteApi).toEqual({ host: "::1", port: 4242 });
  });

  test("the version is printed as SwarmKit prints it: program, package, version", () => {
    expect(parseFlags(["--version"])).toEqual({ kind: "print", text: "swarmd swarmkit 0.1.0\n" });
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["--no-such-flag"], "flag-invalid: unknown option '--no-such-flag'; see swarmd --help"],
    [
      ["extra"],
      "flag-invalid: too many arguments. Expected 0 arguments but got 1: extra; see swarmd --help",
    ],
    [["--join-token", "x"], "flag-invalid: --join-token needs --join-addr, a manager's host:port"],
    [
      ["--listen-remote-api", "4242"],
      'flag-invalid: --listen-remote-api "4242" is not host:port, such as 0.0.0.0:4242',
    ],
    [
      ["--listen-remote-api", "0.0.0.0:70000"],
      'flag-invalid: --listen-remote-api "0.0.0.0:70000" is not host:port, such as 0.0.0.0:4242',
    ],
    [
      ["--advertise-remote-api", "0.0.0.0:4242"],
      'flag-invalid: --advertise-remote-api "0.0.0.0:4242" is nothing that other nodes could dial',
    ],
    [
      ["--engine-addr", "tcp://10.0.0.1:2375"],
      'flag-invalid: --engine-addr "tcp://10.0.0.1:2375" is not a local engine: give unix:///PATH',
    ],
    [
      ["--election-tick", "1"],
      "flag-invalid: --election-tick 1 is not above --heartbeat-tick: a follower must hear several heartbeats before it calls an election",
    ],
    [
      ["--heartbeat-tick", "zero"],
      'flag-invalid: --heartbeat-tick "zero" is not a whole number from 1 to 10000',
    ],
    [
      ["--generic-node-resources", "gpu"],
      'flag-invalid: --generic-node-resources: "gpu" is not kind=value',
    ],
    [
      ["--restore", "/backup", "--join-addr", "host:1"],
      "flag-invalid: --restore founds a swarm with a backup, which --join-addr contradicts: give one of both",
    ],
    [
      ["--restore", "/backup", "--force-new-cluster"],
      "flag-invalid: --restore founds a swarm with a backup, which --force-new-cluster contradicts: give one of both",
    ],
    [
      ["--unlock-key", "SWMKEY-1-x"],
      "flag-invalid: --unlock-key is no unlock key: give the whole SWMKEY-1-... text",
    ],
    [
      ["--listen-control-api", "/".repeat(108)],
      "flag-invalid: --listen-control-api must be a path of 1 to 107 bytes",
    ],
  ];

  test.each(cases)("%j", (argv, refusal) => {
    expect(refusalOf(...argv)).toBe(refusal);
  });

  test.each([
    [["--external-ca", "protocol=cfssl,url=https://ca"]],
    [["--listen-debug", "127.0.0.1:1"]],
    [["--listen-metrics", "127.0.0.1:1"]],
  ])("%j is not built yet, and says so", (argv) => {
    expect(refusalOf(...argv)).toMatch(
      new RegExp(`^not-built: ${argv[0]} is not built yet: .+; start swarmd without it$`),
    );
  });
});
