import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

test("the checksum agrees with the published vectors", () => {
  expect(crc32c(new Uint8Array())).toBe(0);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  const readCommand = hex(
    "01c00000000000000000000000000000140000000000040000000014" +
      "0000001828000000000000000200000000000000",
  );
  expect(crc32c(readCommand)).toBe(0xd9963a56);
});

test("a checksum continued at any split is that of the whole", () => {
  const bytes = Uint8Array.from({ length: 67 }, (_, index) => (index * 37) & 0xff);
  for (let split = 0; split <= bytes.length; split += 1) {
    const continued = crc32c(bytes.subarray(split), crc32c(bytes.subarray(0, split)));
    expect(continued).toBe(crc32c(bytes));
  }
});
