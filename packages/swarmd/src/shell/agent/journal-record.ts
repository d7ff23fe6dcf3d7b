// One task in one file: a header that tells a whole record from a torn one, then the task's message
// with its newest status.
//
//   0  "SKTJ"         magic
//   4  1              version
//   5  0 or 1         1 while the task is assigned to this node
//   6  0 0            reserved
//   8  CRC-32 (LE)    of bytes 4..8 and of all after byte 12
//   12 task           docker.swarmkit.v1.Task
import { crc32 } from "node:zlib";
import { DecodeError, getCodec } from "@swarmkit/proto";
import type { StoredTask } from "../../core/agent/worker.ts";

const magic = Buffer.from("SKTJ", "latin1");
const version = 1;
const checksumOffset = 8;
const headerBytes = 12;
const codec = getCodec("Task");

export type DecodedRecord =
  | { readonly ok: true; readonly stored: StoredTask }
  | { readonly ok: false; readonly reason: string };

/** File content for one task. */
export function encodeJournalRecord({ task, isAssigned }: StoredTask): Uint8Array {
  const payload = codec.encode(task);
  const record = Buffer.alloc(headerBytes + payload.length);
  magic.copy(record);
  record[4] = version;
  record[5] = isAssigned ? 1 : 0;
  record.set(payload, headerBytes);
  record.writeUInt32LE(checksum(record), checksumOffset);
  return record;
}

/** The task of a file's content, or why it cannot be used. */
export function decodeJournalRecord(content: Uint8Array): DecodedRecord {
  const record = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (record.length < headerBytes) return { ok: false, reason: "the file is cut short" };
  if (!record.subarray(0, magic.length).equals(magic)) {
    return { ok: false, reason: "it does not begin as a task record does" };
  }
  if (record.readUInt32LE(checksumOffset) !== checksum(record)) {
    return { ok: false, reason: "its checksum does not fit its content" };
  }
  if (record[4] !== version) {
    return { ok: false, reason: `its version is ${record[4]}, this swarmd reads ${version}` };
  }
  try {
    const task = codec.decode(record.subarray(headerBytes));
    return { ok: true, stored: { task, isAssigned: record[5] === 1 } };
  } catch (error) {
    if (error instanceof DecodeError) return { ok: false, reason: error.message };
    throw error;
  }
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(headerBytes), crc32(record.subarray(4, checksumOffset)));
}
