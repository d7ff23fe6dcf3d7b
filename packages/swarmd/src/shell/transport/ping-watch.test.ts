import { once } from "node:events";
import { type ClientHttp2Session, connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { PingWatch } from "./ping-watch.ts";

let server: Http2Server;
let session: ClientHttp2Session;
let clock: ManualClock;
let isGone: boolean;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(session, "connect");
  clock = new ManualClock();
  isGone = false;
});
afterEach(() => {
  session.destroy();
  server.close();
});

test("who answers is not gone, however long it lasts", async () => {
  const watch = watchSession();
  for (let round = 0; round < 10; round += 1) {
    clock.advance(1000);
    await allAnswered();
  }
  expect(isGone).toBe(false);
  watch.stop();
});

test("who does not answer is gone after the second ping", () => {
  watchSession();
  clock.advance(2000);
  expect(isGone).toBe(false);
  clock.advance(1000);
  expect(isGone).toBe(true);
  expect(clock.nextTimer()).toBeUndefined();
});

test("nothing is asked after the stop", () => {
  watchSession().stop();
  expect(clock.nextTimer()).toBeUndefined();
});

function watchSession(): PingWatch {
  return new PingWatch(session, clock, () => {
    isGone = true;
  });
}

/** Answers come in order, so with this one all earlier ones are there. */
async function allAnswered(): Promise<void> {
  await new Promise<void>((resolve) => {
    session.ping(() => resolve());
  });
}
