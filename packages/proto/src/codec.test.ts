import { expect, test } from "vitest";
import { getCodec } from "./codec.ts";
import { DecodeError, EncodeError } from "./errors.ts";

const task = getCodec("Task");
const version = getCodec("Version");
const raftMessage = getCodec("RaftpbMessage");

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

/** The error that `run` throws. */
function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

test("create fills every field that is left out, at any depth", () => {
  const created = task.create({ status: { container: { pid: 7 } } });
  expect(created).toEqual(task.decode(fromHex("4a 04 2a 02 10 07")));
  expect(created.meta.version.index).toBe(0);
  expect(created.desiredState).toBe("NEW");
  expect(created.networks).toEqual([]);
});

test("what is absent is frozen, because it is shared", () => {
  const decoded = task.decode(new Uint8Array(0));
  expect(Object.isFrozen(decoded.meta)).toBe(true);
  expect(Object.isFrozen(decoded.networks)).toBe(true);
  expect(Object.isFrozen(decoded.annotations.labels)).toBe(true);
});

test("a message that is never absent is written also when it is empty", () => {
  const member = getCodec("RaftMember");
  expect(hex(member.encode(member.create()))).toBe("2200");
});

test("proto2 scalars are written also when they are zero", () => {
  const entry = getCodec("RaftpbEntry");
  expect(hex(entry.encode(entry.create()))).toBe("080010001800");
});

test.each([1.5, -1, Number.NaN, 2 ** 53, 5n, "5", undefined, null])(
  "encode refuses %s for an unsigned 64-bit number and names the field",
  (index) => {
    const error = errorOf(() => version.encode({ index: index as number }));
    expect(error).toBeInstanceOf(EncodeError);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: "wire-encode-invalid", field: "Version.index" });
  },
);

test.each(["-1", "01", "1.5", "", "18446744073709551616", 5, 5n, undefined])(
  "encode refuses %s for a decimal string",
  (to) => {
    const message = { ...raftMessage.create(), to: to as string };
    expect(() => raftMessage.encode(message)).toThrow("cannot encode RaftpbMessage.to");
  },
);

test.each([
  [{ pid: 2 ** 31 }, "ContainerStatus.pid"],
  [{ pid: 0.5 }, "ContainerStatus.pid"],
  [{ exitCode: "0" }, "ContainerStatus.exitCode"],
  [{ containerId: 5 }, "ContainerStatus.containerId"],
])("encode refuses %o, naming %s", (parts, field) => {
  const codec = getCodec("ContainerStatus");
  const error = errorOf(() => codec.encode({ ...codec.create(), ...(parts as object) }));
  expect(error).toMatchObject({ field });
});

test.each(["RUNING", "constructor", "__proto__", "#x", "#99999999999", 512])(
  "encode refuses %s as a task state",
  (state) => {
    const value = { ...task.create(), desiredState: state as "NEW" };
    expect(() => task.encode(value)).toThrow("cannot encode Task.desiredState");
  },
);

test("an error does not show a text or bytes, which may be secret", () => {
  const secret = getCodec("SecretSpec");
  const value = { ...secret.create(), data: "hunter2" as unknown as Uint8Array };
  expect((errorOf(() => secret.encode(value)) as Error).message).not.toMatch("hunter2");
});

test("an encoder works again after it refused a value", () => {
  expect(() => version.encode({ index: -1 })).toThrow(EncodeError);
  expect(hex(version.encode({ index: 1 }))).toBe("0801");
});

test.each([
  ["0801", 1],
  ["08ffffffffffffff0f", Number.MAX_SAFE_INTEGER],
  ["088080808080808000", 0],
])("the unsigned number %s decodes to %d", (bytes, index) => {
  expect(version.decode(fromHex(bytes)).index).toBe(index);
});

test.each(["088080808080808010", "08808080808080808001"])(
  "the number %s, which we cannot hold exactly, is refused by the field's name",
  (bytes) => {
    const error = errorOf(() => version.decode(fromHex(bytes)));
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: "wire-decode-invalid", place: "Version.index" });
  },
);

test.each([
  ["08ffffffffffffffffff01", -1],
  ["0881808080808080f0ff01", Number.MIN_SAFE_INTEGER],
  ["08ffffffffffffff0f", Number.MAX_SAFE_INTEGER],
])("the signed number %s decodes to %d and back", (bytes, nanoCpus) => {
  const codec = getCodec("Resources");
  const decoded = codec.decode(fromHex(bytes));
  expect(decoded.nanoCpus).toBe(nanoCpus);
  expect(hex(codec.encode(decoded))).toBe(bytes);
});

test.each([
  "0880808080808080f0ff01",
  "088080808080808010",
  "08808080808080808001",
  "0880808080808080808001",
  "08ffffffffffffffff8001",
])("the signed number %s, which we cannot hold exactly, is refused", (bytes) => {
  expect(() => getCodec("Resources").decode(fromHex(bytes))).toThrow(
    "cannot decode Resources.nanoCpus",
  );
});

test("minus zero is not zero, and is written", () => {
  const codec = getCodec("UpdateConfig");
  const encoded = codec.encode(codec.create({ maxFailureRatio: -0 }));
  expect(codec.decode(encoded).maxFailureRatio).toBe(-0);
});

test("ids of 64 bits keep every bit", () => {
  const id = "18446744073709551615";
  const request = getCodec("InternalRaftRequest");
  expect(request.decode(request.encode(request.create({ id }))).id).toBe(id);
});

test("an enum's number without a name survives", () => {
  const decoded = task.decode(fromHex("50 8506"));
  expect(decoded.desiredState).toBe("#773");
  expect(hex(task.encode(decoded))).toMatch(/508506$/);
});

test("a bit mask is a number", () => {
  const entry = getCodec("WatchRequestWatchEntry");
  expect(entry.decode(entry.encode(entry.create({ action: 7 }))).action).toBe(7);
});

test("repeated numbers are read packed and unpacked, and written unpacked", () => {
  const snapshot = getCodec("ClusterSnapshot");
  const packed = snapshot.decode(fromHex("12 03 01 ac 02"));
  expect(packed.removed).toEqual(["1", "300"]);
  expect(hex(snapshot.encode(packed))).toBe("100110ac02");
  expect(snapshot.decode(fromHex("10 01 12 02 ac 02")).removed).toEqual(["1", "300"]);
});

test("of several members of a oneof the last wins", () => {
  const assignment = getCodec("Assignment");
  const secretThenTask = assignment.decode(fromHex("12 03 0a 01 73 0a 03 0a 01 74"));
  expect(secretThenTask.task?.id).toBe("t");
  expect(secretThenTask.secret).toBeUndefined();
});

test("a member of a oneof that is set to its zero is written", () => {
  const select = getCodec("SelectBy");
  expect(hex(select.encode(select.create({ desiredState: "NEW" })))).toBe("5000");
  expect(select.decode(fromHex("5000")).desiredState).toBe("NEW");
});

test("parts of one message in several places are merged", () => {
  // Two pieces of `status`: a state with a container id, then a message with a process id.
  const decoded = task.decode(fromHex("4a 08 10 c0 01 2a 03 0a 01 63 4a 07 1a 01 6d 2a 02 10 05"));
  expect(decoded.status).toMatchObject({
    state: "ASSIGNED",
    message: "m",
    container: { containerId: "c", pid: 5 },
  });
});

test("merging neither changes nor loses what is shared", () => {
  const decoded = task.decode(fromHex("3a 04 12 02 0a 00 3a 03 0a 01 6e 3a 04 12 02 0a 00"));
  expect(decoded.annotations.labels).toEqual({ "": "" });
  expect(task.create().annotations.labels).toEqual({});
});

test("text that is not UTF-8 is replaced, not refused", () => {
  expect(task.decode(fromHex("0a 03 61 ff 62")).id).toBe("a\ufffdb");
});

test("half a surrogate pair is written as the replacement character", () => {
  const id = `${"a".repeat(5)}\ud800`;
  expect(task.decode(task.encode(task.create({ id }))).id).toBe(`${"a".repeat(5)}\ufffd`);
});

test("map keys that objects inherit are ordinary keys", () => {
  const annotations = getCodec("Annotations");
  const labels = JSON.parse('{"__proto__":"a","constructor":"b"}');
  const decoded = annotations.decode(annotations.encode(annotations.create({ labels })));
  expect(Object.entries(decoded.labels)).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  const inherited = "toString";
  expect(annotations.create().labels[inherited]).toBeUndefined();
  expect(annotations.create({ labels: { a: "b" } }).labels[inherited]).toBeUndefined();
});

test("an entry of a map may lack its key or value", () => {
  const cluster = getCodec("Cluster");
  const decoded = cluster.decode(fromHex("42 03 0a 01 61 42 02 12 00"));
  expect(Object.keys(decoded.blacklistedCertificates)).toEqual(["a", ""]);
});

test("unknown fields survive decoding, spreading and encoding", () => {
  const decoded = version.decode(fromHex("f8 ff 01 05 08 01 fa ff 01 01 78"));
  const changed = { ...decoded, index: 2 };
  expect(hex(version.encode(changed))).toBe("0802f8ff0105faff010178");
});

test("a known field in a wrong wire type is refused, because Go's peers refuse it", () => {
  expect(() => task.decode(fromHex("0801"))).toThrow("cannot decode Task.id");
});

test("decoded bytes do not depend on the input", () => {
  const secret = getCodec("SecretSpec");
  const input = secret.encode(secret.create({ data: fromHex("0102") }));
  const decoded = secret.decode(input);
  input.fill(0);
  expect(decoded.data).toEqual(fromHex("0102"));
});

test.each([
  ["a length beyond the end", "0a 05 61"],
  ["a length of four gigabytes", "0a ff ff ff ff 0f 61"],
  ["a text that ends after its message", "4a 02 1a 05 61 61 61 61 61"],
  ["a message that ends after the one around it", "4a 02 2a 05 0a 03 61 61 61"],
  ["a message that ends after the input", "4a 05 10 01"],
  ["a cut number", "28 80"],
  ["a number without end", "28 80 80 80 80 80 80 80 80 80 80 80 01"],
  ["field number zero", "02 00"],
  ["the end of a group that never began", "fc ff 01"],
  ["a group without end", "fb ff 01"],
  ["an unknown wire type", "ff ff 01"],
])("decode refuses %s", (_what, bytes) => {
  expect(() => task.decode(fromHex(bytes))).toThrow(DecodeError);
});

test("deeply nested groups are refused rather than followed", () => {
  expect(() => task.decode(fromHex("fbff01".repeat(100_000)))).toThrow(DecodeError);
});

test("many parts of one message are merged in time proportional to their number", () => {
  // Each part adds one label to `annotations`; copying what is there each time would take minutes.
  const part = fromHex("3a 06 22 04 0a 02 61 61");
  const input = new Uint8Array(part.length * 200_000);
  for (let offset = 0; offset < input.length; offset += part.length) input.set(part, offset);
  expect(task.decode(input).annotations.indices).toHaveLength(200_000);
});

test("a name that the protocol does not have is refused", () => {
  expect(() => getCodec("Nothing" as "Task")).toThrow("the protocol has no message Nothing");
  expect(() => getCodec("constructor" as "Task")).toThrow(RangeError);
});
