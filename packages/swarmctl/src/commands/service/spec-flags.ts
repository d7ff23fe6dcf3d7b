// The flags that `service create` and `service update` share: SwarmKit's.
import type {
  ContainerSpecUlimit,
  Duration,
  GenericResource,
  Mount,
  PortConfig,
  RestartPolicyRestartCondition,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
} from "@swarmkit/proto/types";
import { parseBytes } from "../../args/bytes.ts";
import { parseChoice } from "../../args/choice.ts";
import { parseCpus } from "../../args/cpus.ts";
import { parseDuration } from "../../args/duration.ts";
import { parseGenericResources } from "../../args/generic-resources.ts";
import { parseKeyValues } from "../../args/key-values.ts";
import { parseBind, parseNpipe, parseVolume } from "../../args/mount.ts";
import { type Parsed, parseEach } from "../../args/parsed.ts";
import { parsePort } from "../../args/port.ts";
import { parseName, parseText, parseTexts } from "../../args/text.ts";
import { parseTmpfsList } from "../../args/tmpfs.ts";
import { parseUlimit } from "../../args/ulimit.ts";
import { parseWholeNumber } from "../../args/whole-number.ts";
import type { FlagRecords, ListFlag, SwitchFlag, ValueFlag } from "../../define-command.ts";

export interface SpecFlags {
  readonly name: string;
  readonly label: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly replicasMaxPerNode: number;
  readonly image: string;
  readonly hostname: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly init: boolean;
  readonly ports: readonly PortConfig[];
  readonly network: string;
  readonly memoryReservation: number;
  readonly memoryLimit: number;
  /** In billionths of a CPU. */
  readonly cpuReservation: number;
  /** In billionths of a CPU. */
  readonly cpuLimit: number;
  readonly genericResources: readonly GenericResource[];
  readonly ulimit: readonly ContainerSpecUlimit[];
  readonly updateParallelism: number;
  readonly updateDelay: Duration;
  readonly updateOnFailure: UpdateConfigFailureAction;
  readonly updateOrder: UpdateConfigUpdateOrder;
  readonly rollbackParallelism: number;
  readonly rollbackDelay: Duration;
  readonly rollbackOnFailure: UpdateConfigFailureAction;
  readonly rollbackOrder: UpdateConfigUpdateOrder;
  readonly restartCondition: RestartPolicyRestartCondition;
  readonly restartDelay: Duration;
  readonly restartMaxAttempts: number;
  readonly restartWindow: Duration;
  readonly constraint: readonly string[];
  readonly bind: readonly Mount[];
  readonly volume: readonly Mount[];
  readonly tmpfs: readonly Mount[];
  readonly npipe: readonly Mount[];
  readonly logDriver: string;
  readonly logOpt: Readonly<Record<string, string>>;
}

export const specFlags: FlagRecords<SpecFlags> = {
  name: value("name", "service name", parseName),
  label: list("key=value", "service labels; they replace all others", parseKeyValues),
  replicas: value(
    "count",
    "how many tasks, for a replicated service (default 1)",
    parseWholeNumber,
  ),
  replicasMaxPerNode: value("count", "most tasks on one node (0 = no limit)", parseWholeNumber),
  image: value("image", "container image", parseName),
  hostname: value("hostname", "container hostname", parseText),
  command: list("word", "command that replaces the image's entry point", parseTexts),
  args: list("word", "arguments of the command", parseTexts),
  env: list("key=value", "environment variables", parseTexts),
  tty: toggle("give the container a terminal"),
  openStdin: toggle("keep standard input open"),
  init: toggle("run an init in the container that passes on signals and reaps processes"),
  ports: list("port", "ports, NAME:PORT[/PROTOCOL][:PUBLISHED[/PROTOCOL]]", each(parsePort)),
  network: { ...value("network", "network to attach to", parseName), completes: "network" },
  memoryReservation: value("size", "memory set aside, for example 512m", parseBytes),
  memoryLimit: value("size", "most memory, for example 512m", parseBytes),
  cpuReservation: value("cpus", "CPUs set aside, for example 0.5", parseCpus),
  cpuLimit: value("cpus", "most CPUs, for example 0.5", parseCpus),
  genericResources: value(
    "kind=count",
    "resources of the nodes' own kinds, for example gpu=3,fpga=1",
    parseGenericResources,
  ),
  ulimit: list("limit", "limits of processes, NAME=SOFT[:HARD]", each(parseUlimit)),
  ...rolloutFlags(),
  restartCondition: choice("when to restart a task (default any)", {
    any: "ANY",
    failure: "ON_FAILURE",
    none: "NONE",
  }),
  restartDelay: value("duration", "wait before a restart (default 5s)", parseDuration),
  restartMaxAttempts: value("count", "most restarts (0 = no limit)", parseWholeNumber),
  restartWindow: value("duration", "time in which restarts count (0s = ever)", parseDuration),
  constraint: list("constraint", "where tasks may run, for example node.role==worker", parseTexts),
  bind: list("source:target", "mount a directory of the node", each(parseBind)),
  volume: list("target", "mount a volume without a name", each(parseVolume)),
  tmpfs: list("target[:options]", "mount memory as a directory", parseTmpfsList),
  npipe: list("source:target", "mount a Windows named pipe", each(parseNpipe)),
  logDriver: value("driver", "log driver", parseName),
  logOpt: list("key=value", "options of the log driver", parseKeyValues),
};

type RolloutFlags = Pick<SpecFlags, Extract<keyof SpecFlags, `${"update" | "rollback"}${string}`>>;

function rolloutFlags(): FlagRecords<RolloutFlags> {
  const orders = { "stop-first": "STOP_FIRST", "start-first": "START_FIRST" } as const;
  return {
    updateParallelism: value(
      "count",
      "tasks updated at once (0 = all, default 1)",
      parseWholeNumber,
    ),
    updateDelay: value("duration", "wait between updates (default 0s)", parseDuration),
    updateOnFailure: choice("what to do when an update fails (default pause)", {
      pause: "PAUSE",
      continue: "CONTINUE",
      rollback: "ROLLBACK",
    }),
    updateOrder: choice("whether the old or the new task goes first (default stop-first)", orders),
    rollbackParallelism: value(
      "count",
      "tasks rolled back at once (0 = all, default 1)",
      parseWholeNumber,
    ),
    rollbackDelay: value("duration", "wait between tasks rolled back (default 0s)", parseDuration),
    rollbackOnFailure: choice("what to do when a rollback fails (default pause)", {
      pause: "PAUSE",
      continue: "CONTINUE",
    }),
    rollbackOrder: choice("as --update-order, for a rollback (default stop-first)", orders),
  };
}

function toggle(summary: string): SwitchFlag {
  return { kind: "switch", summary };
}

function value<T>(
  placeholder: string,
  summary: string,
  parse: (text: string) => Parsed<T>,
): ValueFlag<T> {
  return { kind: "value", placeholder, summary, parse };
}

function list<T>(
  placeholder: string,
  summary: string,
  parse: (items: readonly string[]) => Parsed<T>,
): ListFlag<T> {
  return { kind: "list", placeholder, summary, parse };
}

function choice<T>(summary: string, choices: Readonly<Record<string, T>>): ValueFlag<T> {
  const words = Object.keys(choices);
  return { ...value(words.join("|"), summary, parseChoice(choices)), choices: words };
}

function each<T>(
  parse: (item: string) => Parsed<T>,
): (items: readonly string[]) => Parsed<readonly T[]> {
  return (items) => parseEach(items, parse);
}
