import { setImmediate } from "node:timers/promises";

/** Copied between two turns of the event loop: a millisecond or two. */
const sliceBytes = 4 * 1024 * 1024;

/** Joins parts that may be large together, the event loop free in between. */
export async function concatInSlices(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  // Not zeroed: every byte is written below.
  const whole = Buffer.allocUnsafeSlow(parts.reduce((bytes, part) => bytes + part.length, 0));
  let copied = 0;
  let sliceEnd = sliceBytes;
  for (const part of parts) {
    whole.set(part, copied);
    copied += part.length;
    if (copied < sliceEnd) continue;
    await setImmediate();
    sliceEnd = copied + sliceBytes;
  }
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length);
}
