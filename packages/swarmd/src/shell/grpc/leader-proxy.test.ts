// Calls of every kind that reach another manager than the leader, over real TLS connections.
import { getCodec, services } from "@swarmkit/proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CallStatus } from "./raw-call.ts";
import { RpcError } from "./rpc-error.ts";
import { aMessage, exchange, ProxiedSwarm, waitFor } from "./testing/proxied-swarm.ts";
import { aLeaf } from "./testing/test-managers.ts";

const { Control, Dispatcher, LogBroker } = services;
const timeoutMs = 10_000;

let swarm: ProxiedSwarm;
beforeEach(async () => {
  swarm = await ProxiedSwarm.start();
});
afterEach(() => swarm.close());

describe("each kind of call is answered by the leader", () => {
  test("one request, one answer", async () => {
    const answer = await swarm.aClient().call(Control.GetNode, { nodeId: "node7" }, { timeoutMs });
    expect(answer.node?.id).toBe("node7");
    expect(swarm.seenNodes()).toEqual([["node7"], [], []]);
  });

  test("a stream of answers", async () => {
    const sent = Array.from({ length: 50 }, (_, index) => `session${index}`);
    swarm.behaviourOf(0).session = async (_, send) => {
      for (const text of sent) send(text);
    };
    const received: string[] = [];
    const { signal } = new AbortController();
    const request = getCodec("SessionRequest").create();
    for await (const message of swarm.aClient().stream(Dispatcher.Session, request, signal)) {
      received.push(message.sessionId);
    }
    expect(received).toEqual(sent);
  });

  test("a stream of requests", async () => {
    const received: string[] = [];
    swarm.behaviourOf(0).publish = async (messages) => {
      for await (const { subscriptionId } of messages) received.push(subscriptionId);
    };
    const stream = swarm.aClient().openClientStream(LogBroker.PublishLogs);
    const sent = Array.from({ length: 50 }, (_, index) => `subscription${index}`);
    for (const text of sent) stream.send(aMessage(text));
    expect(await stream.finish()).toEqual({});
    expect(received).toEqual(sent);
  });

  test("both streams", async () => {
    const received: string[] = [];
    const ended = Promise.withResolvers<CallStatus>();
    const call = await swarm.openRaw(
      { path: exchange.path, who: aLeaf() },
      {
        onMessage: (bytes) => {
          received.push(getCodec("SubscriptionMessage").decode(bytes).id);
          // One at a time: neither direction waits for the end of the other.
          if (received.length === 3) call.end();
          else call.write(encodeMessage(`message${received.length}`));
        },
        onEnd: ended.resolve,
      },
    );
    call.write(encodeMessage("message0"));
    expect((await ended.promise).code).toBe(0);
    expect(received).toEqual(["message0", "message1", "message2"]);
  });
});

test("refusals come through as they are", async () => {
  swarm.behaviourOf(0).getNode = () =>
    Promise.reject(new RpcError("not-found", "no such nöde 100%"));
  await expect(swarm.getNode("node1")).rejects.toMatchObject({
    code: "not-found",
    message: "no such nöde 100%",
  });
});

test("a malformed request is refused by the leader, with the reason", async () => {
  const malformed = swarm.aClient().callEncoded(Control.GetNode.path, Buffer.from([0x0a, 0x7f]), {
    timeoutMs,
  });
  await expect(malformed).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringMatching(/^malformed request: cannot decode GetNodeRequest: ./),
  });
});

describe("cancelling and time", () => {
  test("a caller that goes away is noticed by the leader", async () => {
    const started = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    swarm.behaviourOf(0).session = ({ signal }, send) => {
      send("session1");
      signal.addEventListener("abort", () => cancelled.resolve());
      return new Promise(() => started.resolve());
    };
    const abort = new AbortController();
    const request = getCodec("SessionRequest").create();
    for await (const _ of swarm.aClient().stream(Dispatcher.Session, request, abort.signal)) {
      await started.promise;
      abort.abort();
    }
    await cancelled.promise;
  });

  test("a stream of requests that is given up is not whole for the leader", async () => {
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    swarm.behaviourOf(0).publish = async (messages) => {
      try {
        for await (const _ of messages) started.resolve();
        ended.resolve("the stream seemed whole");
      } catch (error) {
        ended.resolve((error as RpcError).code);
      }
    };
    const stream = swarm.aClient().openClientStream(LogBroker.PublishLogs);
    stream.send(aMessage("subscription1"));
    await started.promise;
    stream.cancel();
    expect(await ended.promise).toBe("aborted");
  });

  test("a leader that ends a stream of requests early ends it for the caller", async () => {
    swarm.behaviourOf(0).publish = async (messages) => {
      for await (const _ of messages) throw new RpcError("not-found", "no such subscription");
    };
    const stream = swarm.aClient().openClientStream(LogBroker.PublishLogs);
    stream.send(aMessage("subscription1"));
    await expect(stream.response).rejects.toMatchObject({ code: "not-found" });
  });

  test("the leader knows the caller's deadline", async () => {
    const cancelled = Promise.withResolvers<void>();
    swarm.behaviourOf(0).getNode = (_, { signal }) => {
      signal.addEventListener("abort", () => cancelled.resolve());
      return new Promise(() => {});
    };
    await expect(swarm.getNode("node1", { limitMs: 80 })).rejects.toMatchObject({
      message: expect.stringMatching(/deadline exceeded/i),
    });
    await cancelled.promise;
  });
});

describe("slow and many", () => {
  test("a slow reader is felt by the leader", async () => {
    const text = "s".repeat(10_000);
    const refused = Promise.withResolvers<number>();
    swarm.behaviourOf(0).session = async ({ signal }, send) => {
      let sent = 0;
      while (!signal.aborted && sent < 5000) {
        send(text);
        sent += 1;
        await new Promise(setImmediate);
      }
      refused.resolve(sent);
    };
    const ended = Promise.withResolvers<CallStatus>();
    const call = await swarm.openRaw(
      { path: Dispatcher.Session.path, who: aLeaf() },
      {
        onMessage: () => {},
        onEnd: ended.resolve,
      },
    );
    call.pause();
    call.end(getCodec("SessionRequest").encode(getCodec("SessionRequest").create()));
    // A thousand messages wait at the leader, and only a few on the way.
    expect(await refused.promise).toBeLessThan(1200);
    call.resume();
    expect((await ended.promise).details).toMatch(/^the reader is too slow/);
  });

  test("a slow leader is felt by the sender", async () => {
    const release = Promise.withResolvers<void>();
    swarm.behaviourOf(0).publish = async (messages) => {
      await release.promise;
      for await (const _ of messages);
    };
    const stream = swarm.aClient().openClientStream(LogBroker.PublishLogs);
    const message = aMessage("s".repeat(10_000));
    let sent = 0;
    for (;;) {
      if (stream.send(message)) sent += 1;
      else if (await isStuck(stream.drained())) break;
      if (sent > 500) break;
    }
    expect(sent).toBeLessThan(200);
    release.resolve();
    expect(await stream.finish()).toEqual({});
  });

  test("more calls than one connection takes are under way at once", async () => {
    const count = 2000;
    const release = Promise.withResolvers<void>();
    swarm.behaviourOf(0).getNode = () => release.promise;
    const callers = [1, 2, 3].map(() => ({ client: swarm.aClient() }));
    const answers = Array.from({ length: count }, (_, index) =>
      swarm.getNode(`node${index}`, { limitMs: 60_000, ...callers[index % 3] }),
    );
    await waitFor(() => swarm.behaviourOf(0).nodes.length === count);
    release.resolve();
    await Promise.all(answers);
  });
});

/** Whether a promise stays unsettled while everything that can happen happens. */
async function isStuck(promise: Promise<void>): Promise<boolean> {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 200 && !isSettled; turn += 1) await new Promise(setImmediate);
  return !isSettled;
}

function encodeMessage(subscriptionId: string): Uint8Array {
  return getCodec("PublishLogsMessage").encode(aMessage(subscriptionId));
}
