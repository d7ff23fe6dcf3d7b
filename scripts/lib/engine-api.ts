// The engine's HTTP API on a unix socket: asks whether one answers, and makes single requests.
//
// Starts nothing and keeps nothing. Every request has a connection, a time limit and a limit of
// answered bytes of its own. `findEngine` never rejects: it says why there is no engine.
// `requestEngine` rejects without an answer, `callEngine` also when the answer is a refusal.
import { request } from "node:http";
import { describeError } from "./run.ts";

/** An engine that answers on a unix socket, or why there is none. */
export type FoundEngine =
  | { readonly ok: true; readonly socketPath: string; readonly version: string }
  | { readonly ok: false; readonly socketPath: string; readonly reason: string };

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Sent as JSON, or as a tar when it is a list of chunks. */
  readonly body?: object | readonly Uint8Array[];
  /** The default is 60 s. */
  readonly timeoutMs?: number;
}

export interface EngineResponse {
  readonly status: number;
  readonly text: string;
}

const usualSocketPath = "/var/run/docker.sock";
const pingTimeoutMs = 5_000;
const requestTimeoutMs = 60_000;
const responseBytesMax = 16 * 1024 * 1024;
const { DOCKER_HOST: givenHost = "" } = process.env;

/** Asks for an engine on `socketPath`, or where DOCKER_HOST says, or on the usual socket. */
export async function findEngine(socketPath?: string): Promise<FoundEngine> {
  if (socketPath === undefined && !/^(unix:\/\/|$)/.test(givenHost)) {
    const reason = `DOCKER_HOST is ${givenHost}, not a unix socket`;
    return { ok: false, socketPath: givenHost, reason };
  }
  const path = socketPath ?? (givenHost.replace(/^unix:\/\//, "") || usualSocketPath);
  try {
    const options = { method: "GET", timeoutMs: pingTimeoutMs } as const;
    const ping = await requestEngine(path, { ...options, path: "/_ping" });
    if (ping.status !== 200) {
      return { ok: false, socketPath: path, reason: `${path} answers with HTTP ${ping.status}` };
    }
    const version = JSON.parse(await callEngine(path, { ...options, path: "/version" }));
    return { ok: true, socketPath: path, version: String(version.Version) };
  } catch (error) {
    return { ok: false, socketPath: path, reason: `no engine at ${path}: ${describeError(error)}` };
  }
}

/** One request to the engine's HTTP API. Rejects when there is no answer in time. */
export function requestEngine(socketPath: string, call: EngineRequest): Promise<EngineResponse> {
  const isTar = Array.isArray(call.body);
  const type = { "content-type": isTar ? "application/x-tar" : "application/json" };
  const signal = AbortSignal.timeout(call.timeoutMs ?? requestTimeoutMs);
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: call.path, method: call.method, agent: false, signal };
    const outgoing = request({ ...options, headers: call.body === undefined ? {} : type });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      let receivedBytes = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        receivedBytes += chunk.length;
        if (receivedBytes > responseBytesMax) {
          response.destroy(new Error(`the engine's answer exceeds ${responseBytesMax} bytes`));
        }
      });
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    if (isTar) for (const chunk of call.body as readonly Uint8Array[]) outgoing.write(chunk);
    else if (call.body !== undefined) outgoing.write(JSON.stringify(call.body));
    outgoing.end();
  });
}

/** As `requestEngine`, but a refusal is an error with the engine's own words. */
export async function callEngine(socketPath: string, call: EngineRequest): Promise<string> {
  const { status, text } = await requestEngine(socketPath, call);
  if (status < 400) return text;
  throw new Error(`the engine refused ${call.method} ${call.path}: ${status} ${text.trim()}`);
}
