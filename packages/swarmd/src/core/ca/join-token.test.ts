import { describe, expect, test } from "vitest";
import { formatJoinToken, formatRootDigest, parseJoinToken } from "./join-token.ts";

const digest = Uint8Array.from({ length: 32 }, (_, index) => index);
const secret = Uint8Array.from({ length: 16 }, (_, index) => 255 - index);

describe("join tokens", () => {
  test("a token carries the root's digest and the secret, padded", () => {
    const token = formatJoinToken(digest, secret);
    expect(token).toMatch(/^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/);
    expect(parseJoinToken(token)).toEqual({
      digest: formatRootDigest(digest),
      secret: token.slice(-25),
      isFips: false,
    });
  });

  test("the digest is a number in base 36", () => {
    const one = new Uint8Array(32);
    one[31] = 36;
    expect(formatRootDigest(one)).toBe(`${"0".repeat(48)}10`);
  });

  test("a version 2 token says whether the swarm demands FIPS mode", () => {
    const rest = formatJoinToken(digest, secret).slice("SWMTKN-1-".length);
    expect(parseJoinToken(`SWMTKN-2-1-${rest}`)?.isFips).toBe(true);
    expect(parseJoinToken(`SWMTKN-2-0-${rest}`)?.isFips).toBe(false);
  });

  const token = formatJoinToken(digest, secret);
  test.each([
    "",
    "SWMTKN",
    token.slice(0, -1),
    `${token}x`,
    token.toUpperCase(),
    token.replace("-1-", "-3-"),
    token.replace("-1-", "-2-"),
    `${token}\n`,
  ])("%j is none", (text) => {
    expect(parseJoinToken(text)).toBeUndefined();
  });
});
