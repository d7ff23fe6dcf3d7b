import { expect, it } from "vitest";
import { blockContains, parseAddress, parseAddressBlock } from "./ip-address.ts";

function isIn(block: string, address: string): boolean {
  const parsedBlock = parseAddressBlock(block);
  const parsedAddress = parseAddress(address);
  if (parsedBlock === undefined || parsedAddress === undefined) throw new Error("does not parse");
  return blockContains(parsedBlock, parsedAddress);
}

it("holds an IPv4 address as its IPv4-mapped form", () => {
  expect(parseAddress("10.0.0.1")).toBe(parseAddress("::ffff:10.0.0.1"));
  expect(parseAddress("10.0.0.1")).toBe(0xffff_0a00_0001n);
});

it("expands the zeros of an IPv6 address", () => {
  expect(parseAddress("::")).toBe(0n);
  expect(parseAddress("::1")).toBe(1n);
  expect(parseAddress("2001:DB8::1")).toBe(parseAddress("2001:db8:0:0:0:0:0:1"));
  expect(parseAddress("fe80::")).toBe(0xfe80n << 112n);
});

it.each([
  "",
  "10.0.0",
  "10.0.0.256",
  "10.0.0.01",
  "10.0.0.1.2",
  "::1::2",
  "1:2:3",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "g::1",
  "fe80::1%eth0",
  "1.2.3.4::",
  "host",
])("refuses %j", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

it("a block holds the addresses that share its first bits", () => {
  expect(isIn("10.1.0.0/16", "10.1.255.255")).toBe(true);
  expect(isIn("10.1.0.0/16", "10.2.0.0")).toBe(false);
  expect(isIn("10.1.2.3/16", "10.1.0.1")).toBe(true);
  expect(isIn("0.0.0.0/0", "255.255.255.255")).toBe(true);
  expect(isIn("0.0.0.0/0", "2001:db8::1")).toBe(false);
  expect(isIn("2001:db8::/32", "2001:db8:ffff::1")).toBe(true);
  expect(isIn("10.0.0.1/32", "10.0.0.2")).toBe(false);
});

it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8", "x/8"])(
  "refuses the block %j",
  (text) => {
    expect(parseAddressBlock(text)).toBeUndefined();
  },
);
