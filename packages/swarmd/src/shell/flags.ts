// swarmd's command line: SwarmKit's flags and defaults (swarmkit cmd/swarmd/main.go), and a few of ours.

import type { GenericResource } from "@swarmkit/proto/types";
import { Command, CommanderError, Option } from "commander";
import { parseGenericResources } from "../core/lib/generic-resources.ts";
import { parseUnlockKey } from "../core/model/unlock-key.ts";
import { SwarmdError } from "./errors.ts";
import type { ExecutorKind } from "./executor/port.ts";
import type { LogLevel } from "./log.ts";
import { version } from "./version.ts";

/** Where to listen or dial over TCP. */
export interface TcpAddress {
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
}

export interface SwarmdFlags {
  readonly logLevel: LogLevel;
  readonly stateDir: string;
  readonly join: { readonly address: string; readonly token: string } | undefined;
  readonly engineAddress: string;
  /** True when the user named the engine: then it must be there. */
  readonly isEngineExplicit: boolean;
  readonly executor: ExecutorKind | "auto";
  readonly hostname: string | undefined;
  readonly listenRemoteApi: TcpAddress;
  readonly advertiseRemoteApi: string | undefined;
  readonly listenControlApi: string;
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  readonly genericResources: readonly GenericResource[];
  readonly mustBeManager: boolean;
  /** A swarm that this node founds has its managers locked. */
  readonly autolock: boolean;
  /** Go on alone with this manager's data, without the other managers. */
  readonly forceNewCluster: boolean;
  /** The backup to found the swarm with. */
  readonly restore: string | undefined;
  /** What opens this node's keys, if they are locked. */
  readonly unlockKey: Uint8Array | undefined;
}

/** What the command line asks for. */
export type SwarmdCommand =
  | { readonly kind: "run"; readonly flags: SwarmdFlags }
  /** Help or version was asked for: print it and end. */
  | { readonly kind: "print"; readonly text: string };

/** Flags of SwarmKit whose part is not built yet: refused when used, never ignored. */
const notBuilt: readonly (readonly [string, string])[] = [
  ["--external-ca", "certificates are issued by the swarm's own authority only"],
  ["--listen-debug", "there is no debug endpoint"],
  ["--listen-metrics", "there is no metrics endpoint yet"],
];

const logLevels = ["debug", "info", "warn", "error", "fatal", "panic"] as const;

interface RawFlags {
  readonly logLevel: (typeof logLevels)[number];
  readonly stateDir: string;
  readonly joinToken: string;
  readonly joinAddr: string;
  readonly engineAddr: string;
  readonly executor: ExecutorKind | "auto";
  readonly hostname: string;
  readonly listenRemoteApi: string;
  readonly advertiseRemoteApi: string;
  readonly listenControlApi: string;
  readonly heartbeatTick: string;
  readonly electionTick: string;
  readonly genericNodeResources: string;
  readonly manager?: boolean;
  readonly autolock?: boolean;
  readonly forceNewCluster?: boolean;
  readonly restore: string;
  readonly unlockKey: string;
}

/** Reads the arguments after the program's name. Throws `flag-invalid` or `not-built`. */
export function parseFlags(argv: readonly string[]): SwarmdCommand {
  const printed: string[] = [];
  const command = defineCommand().configureOutput({
    writeOut: (text) => printed.push(text),
    writeErr: () => {},
  });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "print", text: printed.join("") };
    const what = error.message.replace(/^error: |\.$/g, "").replace(/\s*\n\s*/g, " ");
    throw new SwarmdError("flag-invalid", `${what}; see swarmd --help`, { cause: error });
  }
  refuseNotBuilt(command);
  return { kind: "run", flags: check(command) };
}

function defineCommand(): Command {
  const command = new Command("swarmd")
    .description("Runs this host as a node of a swarm: a worker, and a manager if it is one.")
    .version(`swarmd swarmkit ${version}`, "-v, --version", "print the version and exit")
    .allowExcessArguments(false)
    .exitOverride()
    .addOption(
      new Option("-l, --log-level <level>", "least severe messages to log, on stderr")
        .choices(logLevels)
        .default("info"),
    )
    .option("-d, --state-dir <path>", "directory of this node's state", "/var/lib/swarmd")
    .option("--join-token <token>", "secret to join a swarm with, and the role it gives", "")
    .option("--join-addr <address>", "host:port of a manager of the swarm to join", "")
    .option(
      "--engine-addr <address>",
      "Docker engine to run tasks on",
      "unix:///var/run/docker.sock",
    )
    .addOption(
      new Option("--executor <kind>", "what runs the tasks; auto: docker if there is an engine")
        .choices(["auto", "docker", "process", "fake"])
        .default("auto"),
    )
    .option("--hostname <name>", "name that this node reports, instead of the host's", "")
    .option("--listen-remote-api <address>", "host:port for other nodes", "0.0.0.0:4242")
    .option("--advertise-remote-api <address>", "host:port that other nodes should dial", "")
    .option("--listen-control-api <path>", "socket for swarmctl", "/var/run/swarmd.sock")
    .option("--force-new-cluster", "go on without the other managers, when most of them are lost")
    .option("--restore <file>", "found a swarm with a backup, in an empty state directory", "")
    .option("--autolock", "found a swarm whose managers need an unlock key to start again")
    .option("--unlock-key <key>", "opens the keys of a manager that is locked: SWMKEY-1-...", "")
    .option("--manager", "fail unless this node is a manager")
    .option("--heartbeat-tick <ticks>", "raft ticks of 100 ms between heartbeats", "1")
    .option("--election-tick <ticks>", "raft ticks without a leader before an election", "10")
    .option("--generic-node-resources <list>", "for example fpga=2,gpu=UUID1,gpu=UUID2", "");
  for (const [flag, reason] of notBuilt) {
    command.option(`${flag} <value>`, `not built yet: ${reason}`);
  }
  return command;
}

function refuseNotBuilt(command: Command): void {
  for (const [flag, reason] of notBuilt) {
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined) continue;
    if (command.getOptionValueSource(option.attributeName()) === "cli") {
      const message = `${flag} is not built yet: ${reason}; start swarmd without it`;
      throw new SwarmdError("not-built", message);
    }
  }
}

function check(command: Command): SwarmdFlags {
  const raw = command.opts<RawFlags>();
  const heartbeatTicks = positiveInteger("--heartbeat-tick", raw.heartbeatTick);
  const electionTicks = positiveInteger("--election-tick", raw.electionTick);
  if (electionTicks <= heartbeatTicks) {
    const rule = "a follower must hear several heartbeats before it calls an election";
    throw invalid(`--election-tick ${electionTicks} is not above --heartbeat-tick: ${rule}`);
  }
  const isEngineExplicit = command.getOptionValueSource("engineAddr") === "cli";
  return {
    logLevel: toLogLevel(raw.logLevel),
    stateDir: raw.stateDir,
    join: checkJoin(raw),
    engineAddress: checkEngine(raw.engineAddr),
    isEngineExplicit,
    executor: raw.executor === "auto" && isEngineExplicit ? "docker" : raw.executor,
    hostname: orUndefined(raw.hostname),
    listenRemoteApi: parseTcpAddress("--listen-remote-api", raw.listenRemoteApi),
    advertiseRemoteApi: checkAdvertised(raw.advertiseRemoteApi),
    listenControlApi: checkSocketPath(raw.listenControlApi),
    heartbeatTicks,
    electionTicks,
    genericResources: checkGenericResources(raw.genericNodeResources),
    mustBeManager: raw.manager === true,
    autolock: raw.autolock === true,
    forceNewCluster: raw.forceNewCluster === true,
    restore: checkRestore(raw),
    unlockKey: checkUnlockKey(raw.unlockKey),
  };
}

/** Longest path that a socket address holds on Linux, in bytes. */
const socketPathBytesMax = 107;

function checkSocketPath(path: string): string {
  const bare = path.replace(/^unix:\/\//, "");
  if (Buffer.byteLength(bare) <= socketPathBytesMax && bare !== "") return bare;
  throw invalid(`--listen-control-api must be a path of 1 to ${socketPathBytesMax} bytes`);
}

function checkJoin(raw: RawFlags): SwarmdFlags["join"] {
  if (raw.joinAddr === "" && raw.joinToken === "") return undefined;
  if (raw.joinAddr === "") throw invalid("--join-token needs --join-addr, a manager's host:port");
  const { host, port } = parseTcpAddress("--join-addr", raw.joinAddr);
  if (host === "" || port === 0) throw invalid("--join-addr needs a host and a port above 0");
  return { address: raw.joinAddr, token: raw.joinToken };
}

function checkRestore(raw: RawFlags): string | undefined {
  if (raw.restore === "") return undefined;
  const other = raw.joinAddr !== "" ? "--join-addr" : "--force-new-cluster";
  if (raw.joinAddr === "" && raw.forceNewCluster !== true) return raw.restore;
  throw invalid(
    `--restore founds a swarm with a backup, which ${other} contradicts: give one of both`,
  );
}

function checkEngine(address: string): string {
  if (address.startsWith("unix:///")) return address;
  throw invalid(`--engine-addr "${address}" is not a local engine: give unix:///PATH`);
}

function checkAdvertised(address: string): string | undefined {
  if (address === "") return undefined;
  const { host, port } = parseTcpAddress("--advertise-remote-api", address);
  if (host !== "" && !isUnspecified(host) && port !== 0) return address;
  throw invalid(`--advertise-remote-api "${address}" is nothing that other nodes could dial`);
}

/** True for addresses that mean "all interfaces": nobody can dial them. */
export function isUnspecified(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::" || host === "[::]";
}

/** Splits `host:port`; IPv6 hosts stand in brackets, which are removed. */
export function parseTcpAddress(flag: string, text: string): TcpAddress {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw invalid(`${flag} "${text}" is not host:port, such as 0.0.0.0:4242`);
  }
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port };
}

/** The text is never repeated: a mistyped key is nearly the key. */
function checkUnlockKey(text: string): Uint8Array | undefined {
  if (text === "") return undefined;
  const key = parseUnlockKey(text);
  if (key !== undefined) return key;
  throw invalid("--unlock-key is no unlock key: give the whole SWMKEY-1-... text");
}

function checkGenericResources(text: string): readonly GenericResource[] {
  const parsed = parseGenericResources(text);
  if (parsed.ok) return parsed.resources;
  throw invalid(`--generic-node-resources: ${parsed.message}`);
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 10_000) return value;
  throw invalid(`${flag} "${text}" is not a whole number from 1 to 10000`);
}

function toLogLevel(level: RawFlags["logLevel"]): LogLevel {
  return level === "fatal" || level === "panic" ? "error" : level;
}

function orUndefined(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function invalid(message: string): SwarmdError {
  return new SwarmdError("flag-invalid", message);
}
