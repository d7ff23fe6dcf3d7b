// The directives of testdata/interaction. Each drives a cluster one step and answers what happened.
import { bootstrapLog } from "../bootstrap.ts";
import { assert } from "../errors.ts";
import type { Message } from "../message.ts";
import type { ProposeResult } from "../proposal.ts";
import type { RaftId } from "../raft-id.ts";
import { Cluster } from "./cluster.ts";
import type { Directive } from "./datadriven.ts";
import { formatEntry, formatMessage, formatReady, formatStatus } from "./format.ts";
import { Member, type MemberOptions } from "./member.ts";
import { encodeText, parseConfChange } from "./text.ts";

type Args = readonly string[];
type Handler = (cluster: Cluster, args: Args) => string;

/** More rounds than any transcript needs; reaching it means that members talk forever. */
const stabilizeRoundsMax = 200;

const handlers: Readonly<Record<string, Handler>> = {
  "add-nodes": addNodes,
  "add-blank-node": (cluster, [id = "", ...words]) => addMember(cluster, id, parseOptions(words)),
  found,
  elect: (cluster, [id = ""]) => quietly(() => elect(cluster, id)),
  campaign: (cluster, [id = ""]) => quietly(() => cluster.get(id).node.campaign()),
  tick,
  propose: (cluster, [id = "", value = ""]) =>
    formatResult(cluster.get(id).node.propose(encodeText(value))),
  "propose-conf-change": proposeConfChange,
  transfer: (cluster, [id = "", to = ""]) =>
    formatAnswer(cluster.get(id).node.transferLeadership(to)),
  read: (cluster, [id = "", context = ""]) =>
    formatAnswer(cluster.get(id).node.readIndex(encodeText(context))),
  "report-unreachable": (cluster, [id = "", peer = ""]) =>
    quietly(() => cluster.get(id).node.reportUnreachable(peer)),
  ready: (cluster, [id = ""]) => lines(takeReady(cluster, id), finishReady(cluster, id)),
  "take-ready": (cluster, [id = ""]) => lines(takeReady(cluster, id)),
  "finish-ready": (cluster, [id = ""]) => lines(finishReady(cluster, id)),
  deliver: (cluster, ids) => lines(deliver(cluster, ids, true)),
  drop,
  stabilize,
  isolate: (cluster, [id = ""]) => quietly(() => cluster.isolated.add(id)),
  heal: (cluster, [id = ""]) => quietly(() => cluster.isolated.delete(id)),
  crash: (cluster, [id = ""]) => quietly(() => cluster.get(id).crash()),
  restart: (cluster, [id = ""]) => quietly(() => cluster.get(id).start()),
  snapshot: (cluster, [id = ""]) => quietly(() => cluster.get(id).createSnapshot()),
  compact: (cluster, [id = "", index = ""]) =>
    quietly(() => cluster.get(id).storage.compact(Number(index))),
  log: (cluster, [id = ""]) => formatLog(cluster.get(id)),
  status: (cluster, [id = ""]) => formatStatus(cluster.get(id).node.status()),
  values: (cluster, [id = ""]) => cluster.get(id).values.join(" "),
};

/** A fresh cluster and the function that plays one directive on it. */
export function interaction(): (directive: Directive) => string {
  const cluster = new Cluster();
  return ({ name, args }) => {
    const handler = handlers[name];
    assert(handler !== undefined, `there is no directive "${name}"`);
    return handler(cluster, args);
  };
}

/**
 * `add-nodes 3 spares=2 pre-vote`: voters 1 to 3, and 4 and 5, who know of them but are not members yet.
 * Member n's election timeout is 10 + n ticks.
 */
function addNodes(cluster: Cluster, [count = "", ...words]: Args): string {
  const voters = Array.from({ length: Number(count) }, (_, position) => `${position + 1}`);
  const sparesCount = parseNumbers(words).get("spares") ?? 0;
  for (let id = 1; id <= voters.length + sparesCount; id += 1) {
    addMember(cluster, `${id}`, { voters, ...parseOptions(words) });
  }
  return "";
}

/**
 * `pre-vote` and `check-quorum` turn these on; `entry-bytes=1` makes each entry travel alone;
 * `inflight-messages=2` and `inflight-bytes=100` make the window small.
 */
function parseOptions(words: Args): Partial<MemberOptions> {
  const numbers = parseNumbers(words);
  const entryBytesMax = numbers.get("entry-bytes");
  const inflightBytesMax = numbers.get("inflight-bytes");
  const inflightMessagesMax = numbers.get("inflight-messages");
  return {
    preVote: words.includes("pre-vote"),
    checkQuorum: words.includes("check-quorum"),
    ...(entryBytesMax === undefined ? {} : { entryBytesMax }),
    ...(inflightBytesMax === undefined ? {} : { inflightBytesMax }),
    ...(inflightMessagesMax === undefined ? {} : { inflightMessagesMax }),
  };
}

/** `found 1`: member 1 starts a group of its own, its membership being the first entry of the log. */
function found(cluster: Cluster, [id = ""]: Args): string {
  return addMember(cluster, id, { bootstrap: bootstrapLog([encodeText(`add-node ${id}`)]) });
}

function addMember(cluster: Cluster, id: RaftId, options: Partial<MemberOptions>): string {
  cluster.add(new Member({ voters: [], prng: () => Number(id) / 10, ...options, id }));
  return "";
}

/** `elect 1`: an election without its details. */
function elect(cluster: Cluster, id: RaftId): void {
  cluster.get(id).node.campaign();
  stabilize(cluster, []);
  assert(cluster.get(id).node.status().role === "leader", `member ${id} was not elected`);
}

/** `tick 1 5`: five ticks on member 1. */
function tick(cluster: Cluster, [id = "", count = "1"]: Args): string {
  for (let done = 0; done < Number(count); done += 1) cluster.get(id).node.tick();
  return "";
}

function parseNumbers(words: Args): ReadonlyMap<string, number> {
  const pairs = words.map((word) => word.split("="));
  return new Map(pairs.map(([name = "", value]) => [name, Number(value)]));
}

/** `propose-conf-change 1 add-node 4`, or `1 auto add-node 4 remove-node 1`, or `1 leave-joint`. */
function proposeConfChange(cluster: Cluster, [id = "", ...words]: Args): string {
  const text = words[0] === "leave-joint" ? "" : words.join(" ");
  const { node } = cluster.get(id);
  return formatResult(node.proposeConfChange(parseConfChange(text), encodeText(text)));
}

function takeReady(cluster: Cluster, id: RaftId): readonly string[] {
  return formatReady(id, cluster.get(id).take());
}

function finishReady(cluster: Cluster, id: RaftId): readonly string[] {
  cluster.post(cluster.get(id).finish());
  return [];
}

/** Delivers what was sent up to now to the given members, or to all. */
function deliver(cluster: Cluster, ids: Args, isShown: boolean): readonly string[] {
  const output: string[] = [];
  for (const message of takeMessages(cluster, (message) => isAddressed(ids, message))) {
    const arrived = cluster.deliver(message);
    if (isShown || !arrived) {
      output.push(`${arrived ? "delivered" : "lost"} ${formatMessage(message)}`);
    }
  }
  return output;
}

/** `drop 2`: what is under way from or to member 2 is lost. */
function drop(cluster: Cluster, ids: Args): string {
  const concerns = (message: Message): boolean =>
    ids.length === 0 || ids.includes(message.to) || ids.includes(message.from);
  const dropped = takeMessages(cluster, concerns);
  for (const message of dropped) cluster.lose(message);
  return lines(dropped.map((message) => `lost ${formatMessage(message)}`));
}

/** Lets the given members, or all, work and talk until nothing is left to do. */
function stabilize(cluster: Cluster, ids: Args): string {
  const output: string[] = [];
  for (let round = 0; round < stabilizeRoundsMax; round += 1) {
    const busy = cluster.ids().filter((id) => {
      const member = cluster.get(id);
      return (ids.length === 0 || ids.includes(id)) && member.isUp() && member.node.hasReady();
    });
    for (const id of busy) {
      output.push(...takeReady(cluster, id));
      finishReady(cluster, id);
    }
    if (busy.length === 0 && !cluster.queue.some((message) => isAddressed(ids, message))) {
      return lines(output);
    }
    output.push(...deliver(cluster, ids, false));
  }
  throw new Error(`not stable after ${stabilizeRoundsMax} rounds:\n${output.join("\n")}`);
}

function isAddressed(ids: Args, message: Message): boolean {
  return ids.length === 0 || ids.includes(message.to);
}

function takeMessages(
  cluster: Cluster,
  isTaken: (message: Message) => boolean,
): readonly Message[] {
  const taken = cluster.queue.filter(isTaken);
  cluster.queue = cluster.queue.filter((message) => !taken.includes(message));
  return taken;
}

function formatLog({ storage }: Member): string {
  const entries = storage.entries(storage.firstIndex(), storage.lastIndex() + 1, 1_000_000);
  assert(entries !== "compacted", "a log starts at its own first index");
  return lines(entries.map(formatEntry));
}

function formatResult(result: ProposeResult): string {
  return result.ok ? `at ${result.term}/${result.index}` : `refused: ${result.reason}`;
}

function formatAnswer(
  answer: { readonly ok: true } | { readonly ok: false; readonly reason: string },
): string {
  return answer.ok ? "" : `refused: ${answer.reason}`;
}

function quietly(act: () => void): string {
  act();
  return "";
}

function lines(...parts: readonly (readonly string[])[]): string {
  return parts.flat().join("\n");
}
