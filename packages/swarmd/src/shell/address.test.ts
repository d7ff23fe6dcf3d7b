import { expect, test } from "vitest";
import { formatHostPort, hostOfPeer, isUnspecifiedHost, parseHostPort } from "./address.ts";

test.each([
  ["10.0.0.1:4242", "10.0.0.1", 4242],
  ["[::1]:4242", "::1", 4242],
  [":4242", "", 4242],
  ["manager-1.example:65535", "manager-1.example", 65535],
])("%j is a host and a port, and is written as it was", (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port });
  expect(formatHostPort({ host, port })).toBe(text);
});

test.each(["", "4242", "host", "host:", "host:0", "host:65536", "::1:4242", "[::1:4242", "a:b"])(
  "%j is no address",
  (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  },
);

test("a host that nobody else can connect to is recognised", () => {
  for (const host of ["", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"]) {
    expect(isUnspecifiedHost(host)).toBe(true);
  }
  for (const host of ["127.0.0.1", "::1", "manager"]) expect(isUnspecifiedHost(host)).toBe(false);
});

test("a socket's remote address gives its host", () => {
  expect(hostOfPeer("10.0.0.1:5555")).toBe("10.0.0.1");
  expect(hostOfPeer("::ffff:10.0.0.1:5555")).toBe("10.0.0.1");
  expect(hostOfPeer("fe80::1:5555")).toBe("fe80::1");
  expect(hostOfPeer("[fe80::1]:5555")).toBe("fe80::1");
});
