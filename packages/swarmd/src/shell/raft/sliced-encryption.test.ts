import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { parseSealed, seal, unseal } from "./encryption.ts";
import { crc32cInSlices, sealInSlices, sliceBytes, unsealInSlices } from "./sliced-encryption.ts";

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const otherKey = new Uint8Array(32);
/** Around the ends of blocks and slices; the first block holds 32 bytes, so slices end 32 late. */
const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 97, 160].flatMap((length) => [
  length,
  sliceBytes + length,
  sliceBytes * 2 - 64 + length,
]);

const aText = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff);

test("what is sealed in slices opens at once, and the other way round, at every boundary", async () => {
  for (const length of lengths) {
    const plain = aText(length);
    const sliced = await sealInSlices(plain, key);
    expect(parseSealed(sliced).data, `${length}`).toHaveLength(length + 16);
    expect(Buffer.compare(unseal(sliced, [key], "it"), plain), `${length}`).toBe(0);
    const opened = await unsealInSlices(seal(plain, key), [otherKey, key], "it");
    expect(Buffer.compare(opened.plain, plain), `${length}`).toBe(0);
    expect(opened.key).toBe(key);
  }
});

test("a box with any part changed does not open", async () => {
  const sealed = await sealInSlices(aText(100), key);
  for (const offset of [5, 20, 40, 100, 115, 125]) {
    const changed = sealed.slice();
    changed[offset] = (changed[offset] ?? 0) ^ 1;
    await expect(unsealInSlices(changed, [key], "it"), `${offset}`).rejects.toMatchObject({
      code: "raft-key-wrong",
    });
  }
  await expect(unsealInSlices(sealed, [otherKey], "it")).rejects.toMatchObject({
    code: "raft-key-wrong",
    message: expect.stringMatching(/^it cannot be decrypted/),
  });
});

test("the checksum in slices is that of all parts together", async () => {
  const parts = [aText(3), aText(sliceBytes * 2 + 5), new Uint8Array(), aText(sliceBytes)];
  expect(await crc32cInSlices(parts)).toBe(crc32c(Buffer.concat(parts)));
});

test("others get a turn after every slice", async () => {
  const plain = aText(sliceBytes * 3 + 32);
  const work = { sealing: sealInSlices(plain, key), isDone: false };
  void work.sealing.then(() => {
    work.isDone = true;
  });
  let turns = 0;
  for (; !work.isDone; turns += 1) await setImmediate();
  // Two pauses while it encrypts, three while it authenticates.
  expect(turns).toBeGreaterThanOrEqual(5);
});
