/**
 * Tells the torn tail of the last write, which is cut, from damage to acknowledged data, which is refused.
 *
 * What is known about a write that a crash interrupted:
 *  - Writes go one after another. Each is made durable before anything in it is acknowledged, and before
 *    the next one begins. So all that may be torn belongs to the last write.
 *  - Our own writes begin with a checksum record whenever all before them is durable. A checksum record
 *    behind the damage therefore proves that the damaged bytes had been durable: that is no torn tail.
 *    (Go's log reader accepts such records anywhere; Go's own writes do not have them.)
 *  - The disk writes whole sectors in any order, and the file held zeros before. The system may also take
 *    a first part of a write only. A torn record thus has a sector that is zero all through, or the file
 *    ends or is zero to its end from within the record on. Other wrong bytes are damage, wherever they are.
 *  - A segment has its full length, durably, before it is used, and only its successor ends that. A last
 *    segment that is shorter was cut off from outside: what it ends within had been whole. (Go's repair
 *    shortens one to whole records. A cut from outside that hits such a place cannot be told from that.)
 *  - Each segment's head is made durable before the file gets its name, and a segment is complete before
 *    the next one exists.
 *
 * What remains: when the medium zeroes a whole sector of the very last write after it was acknowledged,
 * nothing in the format tells that from a torn write.
 */
import { frameWordBytes, parseFrameWord, recordTypes } from "./wal-record.ts";
import type { Segment } from "./wal-segment.ts";

/** What disks write at once, at least. */
export const sectorBytes = 512;

/** A record whose last bytes are zero by chance has fewer such bytes than this. */
const zeroTailBytesMin = 8;

/** Where reading a segment had to stop. */
export interface DamageSite {
  /** Start of the frame that cannot be read. */
  readonly offset: number;
  readonly isLastSegment: boolean;
  /** Whether the records that a segment begins with were read. */
  readonly isPastHead: boolean;
  /** The length that segments are made with. */
  readonly segmentBytes: number;
}

/** The reason why the damage cannot be a torn tail; undefined when it can. */
export function findCorruption(segment: Segment, site: DamageSite): string | undefined {
  if (!site.isLastSegment) return "a later segment follows, so this one was complete";
  if (!site.isPastHead) return "a segment's head is durable before the segment is used";
  if (segment.fileBytes < site.segmentBytes) return "the file is shorter than it was made";
  const next = findLaterWrite(segment.content, site.offset);
  if (next !== undefined) return `a later write begins at offset ${next}, so this one was complete`;
  return findUntornReason(segment, site.offset);
}

/** Offset of a checksum record behind `offset`: where a later write begins. */
function findLaterWrite(content: Uint8Array, offset: number): number | undefined {
  const view = viewOf(content);
  for (let at = offset + frameWordBytes; at + frameWordBytes < content.length; at += 8) {
    const word = parseFrameWord(view.getUint32(at, true), view.getUint32(at + 4, true));
    if (word === undefined || word.recordBytes < 4 || word.recordBytes > 8) continue;
    const start = at + frameWordBytes;
    const payload = new Uint8Array(word.recordBytes);
    payload.set(content.subarray(start, start + word.recordBytes));
    if (isCrcRecord(payload)) return at;
  }
  return undefined;
}

function isCrcRecord(payload: Uint8Array): boolean {
  if (payload[0] !== 0x08 || payload[1] !== recordTypes.crc || payload[2] !== 0x10) return false;
  return skipVarint(payload, 3) === payload.length;
}

function findUntornReason(segment: Segment, offset: number): string | undefined {
  const head = segment.slice(offset, offset + frameWordBytes);
  if (head.length < frameWordBytes) return undefined;
  const sectorEnd = offset - (offset % sectorBytes) + sectorBytes;
  const view = viewOf(head);
  const [low, high] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (low === 0 && high === 0) {
    if (segment.isZero(offset, sectorEnd)) return undefined;
    return "the record's length is zero, but its sector was written";
  }
  const word = parseFrameWord(low, high);
  if (word === undefined) return "the record's length is not valid";
  const start = offset + frameWordBytes;
  const declaredBytes = findDeclaredBytes(readIntactHeader(segment, start, sectorEnd));
  if (declaredBytes !== undefined && declaredBytes !== word.recordBytes) {
    return "the record's two lengths disagree";
  }
  const end = start + word.recordBytes + word.paddingBytes;
  const isUnfinished = segment.content.length <= start + word.recordBytes - zeroTailBytesMin;
  if (end > segment.fileBytes || isUnfinished) return undefined;
  for (let sector = sectorEnd; sector < end; sector += sectorBytes) {
    if (segment.isZero(sector, sector + sectorBytes)) return undefined;
  }
  return "its bytes are wrong, and none of its sectors is missing";
}

/** The record's first bytes, as far as they were certainly written. */
function readIntactHeader(segment: Segment, start: number, sectorEnd: number): Uint8Array {
  const headerBytesMax = 24;
  const isNextMissing = segment.isZero(sectorEnd, sectorEnd + sectorBytes);
  const end = Math.min(start + headerBytesMax, segment.content.length);
  return segment.slice(start, isNextMissing ? Math.min(end, sectorEnd) : end);
}

/** The record's length as its own fields tell it; undefined when they are cut off. */
function findDeclaredBytes(header: Uint8Array): number | undefined {
  const crcEnd = skipVarint(header, 3);
  if (crcEnd === undefined || header[1] === recordTypes.crc) return crcEnd;
  const lengthEnd = skipVarint(header, crcEnd + 1);
  if (lengthEnd === undefined) return undefined;
  let dataBytes = 0;
  for (let at = lengthEnd - 1; at > crcEnd; at -= 1) {
    dataBytes = dataBytes * 0x80 + ((header[at] as number) & 0x7f);
  }
  return lengthEnd + dataBytes;
}

/** Position behind the varint at `position`. */
function skipVarint(bytes: Uint8Array, position: number): number | undefined {
  for (let at = position; at < bytes.length; at += 1) {
    if ((bytes[at] as number) < 0x80) return at + 1;
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
