import type { Writable } from "node:stream";

/**
 * Resolves when a stream takes more without keeping it waiting, or when nobody reads it any more. Who sends
 * much waits for it between messages.
 */
export async function drained(stream: Writable | undefined, signal: AbortSignal): Promise<void> {
  if (stream === undefined || signal.aborted || stream.destroyed) return;
  if (!stream.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle);
      stream.off("close", settle);
      signal.removeEventListener("abort", settle);
      resolve();
    };
    stream.on("drain", settle);
    stream.on("close", settle);
    signal.addEventListener("abort", settle);
  });
}
