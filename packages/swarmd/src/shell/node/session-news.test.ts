import { getCodec } from "@swarmkit/proto";
import type { DeepPartial, SessionMessage } from "@swarmkit/proto/types";
import { beforeEach, expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import type { KeyStore } from "../state-dir/key-store.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import { SessionNews } from "./session-news.ts";

const identity = new SwarmAuthority().issue("swarm-worker");
let heard: string[];
let news: SessionNews;

beforeEach(() => {
  heard = [];
  news = new SessionNews({
    security: new SecurityConfig({ identity, keys: {} as KeyStore }),
    keeper: {
      adoptRoot: async (bytes) => {
        heard.push(`root ${Buffer.from(bytes).toString()}`);
      },
    },
    renewer: {
      expectRole: (role, isReady) => heard.push(`${role} ${isReady ? "ready" : "not ready"}`),
      force: () => heard.push("renew"),
    },
    remotes: {
      observe: async (peers) => {
        heard.push(`managers ${peers.map(({ addr }) => addr).join(" ")}`.trimEnd());
      },
    },
    log: silentLogger,
  });
});

function tell(init: DeepPartial<SessionMessage>): readonly string[] {
  news.observe(getCodec("SessionMessage").create(init));
  return heard.splice(0).filter((text) => text !== "managers");
}

test("managers are remembered", () => {
  const managers = [{ peer: { nodeId: "a", addr: "10.0.0.1:4242" }, weight: 10 }, {}];
  expect(tell({ managers })).toEqual(["managers 10.0.0.1:4242"]);
});

test.each([
  ["WORKER", "WORKER", "WORKER ready"],
  ["WORKER", "MANAGER", "MANAGER not ready"],
  ["MANAGER", "MANAGER", "MANAGER ready"],
  ["MANAGER", "WORKER", "WORKER not ready"],
] as const)("of role %s and to be %s it is expected to be %s", (role, desiredRole, expected) => {
  expect(tell({ node: { role, spec: { desiredRole } } })).toEqual([expected]);
  expect(news.isManagerWanted).toBe(role === "MANAGER" && desiredRole === "MANAGER");
});

test("a certificate that is to be rotated is renewed, once each time", () => {
  const inState = (state: "ISSUED" | "ROTATE" | "RENEW") =>
    tell({ node: { certificate: { status: { state } } } }).includes("renew");
  expect(
    ["ISSUED", "ROTATE", "ROTATE", "RENEW", "ISSUED", "ROTATE"].map((state) =>
      inState(state as "ISSUED"),
    ),
  ).toEqual([false, true, false, false, false, true]);
});

test("a root that is known is no news, and neither is none", () => {
  expect(tell({ RootCA: Buffer.from(identity.rootPem) })).toEqual([]);
  expect(tell({ RootCA: new Uint8Array() })).toEqual([]);
  expect(tell({ RootCA: Buffer.from("another") })).toEqual(["root another"]);
});
