// How transcripts show entries, messages and Readys. An entry is `term/index "data"`.
import type { Entry } from "../entry.ts";
import type { Message } from "../message.ts";
import type { RaftId } from "../raft-id.ts";
import type { Ready } from "../ready.ts";
import type { HardState, Snapshot } from "../state.ts";
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
      return `${head} last=${message.lastTerm}/${message.lastIndex}`;
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
      return `${head} commit=${message.commit}`;
    case "heartbeat-response":
      return head;
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
  for (const entry of ready.committedEntries) lines.push(`applies ${formatEntry(entry)}`);
  return lines.map((line) => `${id}: ${line}`);
}

export function formatStatus(status: Status): string {
  const { role, leader, term, vote, commit, applied, firstIndex, lastIndex, voters } = status;
  const lines = [
    `${role} leader=${leader ?? "none"} term=${term} vote=${vote ?? "none"} commit=${commit} ` +
      `applied=${applied} log=${firstIndex}..${lastIndex} voters=(${voters.join(" ")})`,
  ];
  for (const { id, state, match, next, inflightMessages } of status.progress) {
    lines.push(`  ${id}: ${state} match=${match} next=${next} inflight=${inflightMessages}`);
  }
  return lines.join("\n");
}

function formatHardState({ term, vote, commit }: HardState): string {
  return `term=${term} vote=${vote ?? "none"} commit=${commit}`;
}

function formatSnapshot({ metadata, data }: Snapshot): string {
  const { term, index, confState } = metadata;
  return `${term}/${index} voters=(${confState.voters.join(" ")}) "${decodeText(data)}"`;
}
