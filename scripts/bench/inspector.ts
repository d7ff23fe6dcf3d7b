// A look into a running Node process through its inspector, which a signal opens.
import type { ChildProcess } from "node:child_process";
import { waitUntil } from "../lib/run.ts";

const openTimeoutMs = 10_000;

/** Bytes of the heap that are in use after everything else was collected. */
export async function readHeapBytes(
  child: ChildProcess | undefined,
  port: number,
): Promise<number> {
  child?.kill("SIGUSR1");
  const url = await waitUntil(() => findTarget(port), {
    what: "the inspector to open",
    timeoutMs: openTimeoutMs,
  });
  const socket = new WebSocket(url);
  try {
    await new Promise((done, fail) => {
      socket.addEventListener("open", done, { once: true });
      socket.addEventListener("error", fail, { once: true });
    });
    await request(socket, 1, "HeapProfiler.collectGarbage");
    const { usedSize } = await request(socket, 2, "Runtime.getHeapUsage");
    return Number(usedSize);
  } finally {
    socket.close();
  }
}

async function findTarget(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [target] = (await answer.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
    return target?.webSocketDebuggerUrl;
  } catch {
    // Not open yet.
    return undefined;
  }
}

function request(
  socket: WebSocket,
  id: number,
  method: string,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    const listen = ({ data }: MessageEvent): void => {
      const message = JSON.parse(String(data));
      if (message.id !== id) return;
      socket.removeEventListener("message", listen);
      resolve(message.result);
    };
    socket.addEventListener("message", listen);
    socket.send(JSON.stringify({ id, method }));
  });
}
