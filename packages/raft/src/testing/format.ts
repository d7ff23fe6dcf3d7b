// How transcripts show entries, messages and Readys. An entry is `term/index "data"`.
import { completeConfState } from "../conf-state.ts";
import type { Entry } from "../entry.ts";
import type { Message } from "../message.ts";
import type { RaftId } from "../raft-id.ts";
import type { Ready } from "../ready.ts";
import type { ConfState, HardState, Snapshot } from "../state.ts";
import type { Status } from "../status.ts";
import { decodeText } from "./text.ts";

export function formatEntry(entry: Entry): string {
  const type = entry.type === "normal" ? "" : `${entry.type} `;
  return `${entry.term}/${entry.index} ${type}"${decodeText(entry.data)}"`;
}

export function formatMessage(message: Message): string {
  const head = `${message.from}->${message.to} ${message.type} term=${message.term}`;
  switch (message.type) {
    case "vote":
      return `${head} last=${message.lastTerm}/${message.lastIndex}${message.isTransfer === true ? " transfer" : ""}`;
    case "vote-response":
      return `${head} ${message.granted ? "granted" : "refused"}`;
    case "append": {
      const entries = message.entries.map(formatEntry).join(", ");
      const previous = `${message.previousTerm}/${message.previousIndex}`;
      return `${head} previous=${previous} commit=${message.commit} entries=[${entries}]`;
    }
    case "append-response": {
      const { index, rejection } = message;
      if (rejection === undefined) return `${head} accepted index=${index}`;
      return `${head} rejected index=${index} hint=${rejection.hintTerm}/${rejection.hintIndex}`;
    }
    case "heartbeat":
      return `${head} commit=${message.commit}${formatContext(message.context)}`;
    case "heartbeat-response":
      return `${head}${formatContext(message.context)}`;
    case "pre-vote":
      return `${head} last=${message.lastTerm}/${message.lastIndex}`;
    case "pre-vote-response":
      return `${head} ${message.granted ? "granted" : "refused"}`;
    case "transfer-leader":
    case "timeout-now":
      return head;
    case "read-index":
      return `${head} "${decodeText(message.context)}"`;
    case "read-index-response":
      return `${head} index=${message.index} "${decodeText(message.context)}"`;
    case "snapshot":
      return `${head} ${formatSnapshot(message.snapshot)}`;
  }
}

/** One line for each thing the host has to do. */
export function formatReady(id: RaftId, ready: Ready): readonly string[] {
  const lines: string[] = [];
  if (ready.softState !== undefined) {
    lines.push(`is ${ready.softState.role}, leader=${ready.softState.leader ?? "none"}`);
  }
  if (ready.snapshot !== undefined) lines.push(`saves snapshot ${formatSnapshot(ready.snapshot)}`);
  for (const entry of ready.entries) lines.push(`saves ${formatEntry(entry)}`);
  if (ready.hardState !== undefined) lines.push(`saves ${formatHardState(ready.hardState)}`);
  if (ready.mustSync) lines.push("syncs");
  for (const message of ready.messages) lines.push(`sends ${formatMessage(message)}`);
  for (const { context, index } of ready.readStates) {
    lines.push(`reads "${decodeText(context)}" at ${index}`);
  }
  for (const entry of ready.committedEntries) lines.push(`applies ${formatEntry(entry)}`);
  return lines.map((line) => `${id}: ${line}`);
}

export function formatStatus(status: Status): string {
  const { role, leader, term, vote, commit, applied, firstIndex, lastIndex } = status;
  const lines = [
    `${role} leader=${leader ?? "none"} term=${term} vote=${vote ?? "none"} commit=${commit} ` +
      `applied=${applied} log=${firstIndex}..${lastIndex} ${formatConfState(status.confState)}`,
  ];
  if (status.transferee !== undefined) lines.push(`  hands over to ${status.transferee}`);
  for (const { id, state, match, next, inflightMessages, isLearner } of status.progress) {
    const kind = isLearner ? " learner" : "";
    lines.push(`  ${id}: ${state} match=${match} next=${next} inflight=${inflightMessages}${kind}`);
  }
  return lines.join("\n");
}

function formatHardState({ term, vote, commit }: HardState): string {
  return `term=${term} vote=${vote ?? "none"} commit=${commit}`;
}

function formatSnapshot({ metadata, data }: Snapshot): string {
  const { term, index, confState } = metadata;
  return `${term}/${index} ${formatConfState(confState)} "${decodeText(data)}"`;
}

function formatConfState(confState: ConfState): string {
  const { autoLeave, learners, learnersNext, voters, votersOutgoing } =
    completeConfState(confState);
  const parts = [`voters=(${voters.join(" ")})`];
  if (votersOutgoing.length > 0) parts.push(`outgoing=(${votersOutgoing.join(" ")})`);
  if (learners.length > 0) parts.push(`learners=(${learners.join(" ")})`);
  if (learnersNext.length > 0) parts.push(`learners-next=(${learnersNext.join(" ")})`);
  if (autoLeave) parts.push("auto-leave");
  return parts.join(" ");
}

/** The round of reads that a heartbeat confirms. */
function formatContext(context: Uint8Array): string {
  return context.length === 0 ? "" : ` round=${context.at(-1)}`;
}
