import { expect, test } from "vitest";
import { encodeFrame, FrameDecoder, FrameError } from "./frames.ts";

const messages = ["", "a", "bc", "", "def"].map((text) => Buffer.from(text));
const frames = Buffer.concat(messages.map(encodeFrame));

test("messages are found wherever the bytes are cut", () => {
  for (let first = 0; first <= frames.length; first += 1) {
    for (let second = first; second <= frames.length; second += 1) {
      const decoder = new FrameDecoder({ messageBytesMax: 3 });
      const parts = [frames.subarray(0, first), frames.subarray(first, second)];
      const found = [...parts, frames.subarray(second)].flatMap((part) => decoder.push(part));
      expect(found.map(String)).toEqual(messages.map(String));
      expect(decoder.isAtBoundary).toBe(true);
    }
  }
});

test("half a message is no boundary", () => {
  const decoder = new FrameDecoder({ messageBytesMax: 3 });
  expect(decoder.push(frames.subarray(0, frames.length - 1))).toHaveLength(4);
  expect(decoder.isAtBoundary).toBe(false);
});

test.each([
  ["is too large", encodeFrame(Buffer.from("defg"))],
  ["is compressed", Buffer.from([1, 0, 0, 0, 0])],
])("a message that %s is refused, before it is there", (_, frame) => {
  const decoder = new FrameDecoder({ messageBytesMax: 3 });
  expect(() => decoder.push(frame.subarray(0, 5))).toThrow(FrameError);
});
