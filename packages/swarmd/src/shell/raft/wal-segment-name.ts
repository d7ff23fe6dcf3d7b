/** A segment of the log: the file `%016x-%016x.wal` of its sequence number and its first entry's index. */
export interface SegmentName {
  readonly sequence: number;
  /** No entry with a smaller index is in this segment, unless it was replaced by a later leader's. */
  readonly firstIndex: number;
  readonly fileName: string;
}

/** Suffix of segment files. */
export const segmentSuffix = ".wal";

const segmentPattern = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;

/** Two numbers as etcd names files by them. */
export function formatNumberPair(first: number, second: number): string {
  return `${formatHex(first)}-${formatHex(second)}`;
}

/** The name of a segment. */
export function formatSegmentName(sequence: number, firstIndex: number): SegmentName {
  const fileName = `${formatNumberPair(sequence, firstIndex)}${segmentSuffix}`;
  return { sequence, firstIndex, fileName };
}

/** Undefined for any other file's name. */
export function parseSegmentName(fileName: string): SegmentName | undefined {
  const match = segmentPattern.exec(fileName);
  if (match === null) return undefined;
  const sequence = Number(`0x${match[1]}`);
  const firstIndex = Number(`0x${match[2]}`);
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(firstIndex)) return undefined;
  return { sequence, firstIndex, fileName };
}

function formatHex(value: number): string {
  return value.toString(16).padStart(16, "0");
}
