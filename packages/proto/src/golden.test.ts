// Whole messages against bytes worked out from the protocol's tables, at least one of every service.
// Each line of the hexadecimal text is one field with its tag; indented lines are inside the line above.
import { expect, test } from "vitest";
import type { DeepPartial, MessageName, MessageTypes } from "../gen/types.ts";
import { getCodec } from "./codec.ts";

test("NodeCA: a request for a certificate", () => {
  checkGolden(
    "IssueNodeCertificateRequest",
    {
      csr: text("CSR"),
      token: "SWMTKN-1-a-b",
      availability: "DRAIN",
    },
    `
    12 03 435352
    1a 0c 53574d544b4e2d312d612d62
    20 02
    `,
  );
});

test("CA: the key that unlocks a manager, with its version", () => {
  checkGolden(
    "GetUnlockKeyResponse",
    { unlockKey: text("K"), version: { index: 300 } },
    `
    0a 01 4b
    12 03
      08 ac02
    `,
  );
});

test("Control: a replicated service to create", () => {
  checkGolden(
    "CreateServiceRequest",
    {
      spec: {
        annotations: { name: "web", labels: { a: "b" } },
        task: { container: { image: "nginx", args: ["x", ""], init: { value: false } } },
        replicated: { replicas: 3 },
        update: { parallelism: 1, delay: { seconds: -1, nanos: -5 }, maxFailureRatio: 0.5 },
      },
    },
    `
    0a 47
      0a 0d
        0a 03 776562
        12 06
          0a 01 61
          12 01 62
      12 11
        0a 0f
          0a 05 6e67696e78
          22 01 78
          22 00
          ba01 00
      1a 02
        08 03
      32 1f
        08 01
        12 16
          08 ffffffffffffffffff01
          10 fbffffffffffffffff01
        2d 0000003f
    `,
  );
});

test("Dispatcher: a set of assignments with a task and a secret to remove", () => {
  checkGolden(
    "AssignmentsMessage",
    {
      type: "INCREMENTAL",
      appliesTo: "1",
      resultsIn: "2",
      changes: [
        { assignment: { task: { id: "t", slot: 200, desiredState: "RUNNING" } } },
        { assignment: { secret: { id: "s" } }, action: "REMOVE" },
      ],
    },
    `
    08 01
    12 01 31
    1a 01 32
    22 19
      0a 17
        0a 15
          0a 01 74
          12 02 0a00
          1a 00
          28 c801
          3a 00
          42 00
          4a 00
          50 8004
    22 11
      0a 0d
        12 0b
          0a 01 73
          12 02 0a00
          1a 02 0a00
      10 01
    `,
  );
});

test("Health: a service that serves", () => {
  checkGolden("HealthCheckResponse", { status: "SERVING" }, "08 01");
});

test("Logs: a subscription to one service's output, from the tenth last line", () => {
  checkGolden(
    "SubscribeLogsRequest",
    {
      selector: { serviceIds: ["s"] },
      options: { streams: ["LOG_STREAM_STDOUT", "LOG_STREAM_STDERR"], follow: true, tail: -11 },
    },
    `
    0a 03
      0a 01 73
    12 11
      08 01
      08 02
      10 01
      18 f5ffffffffffffffff01
    `,
  );
});

test("LogBroker: a line of output with its origin and an attribute", () => {
  checkGolden(
    "PublishLogsMessage",
    {
      subscriptionId: "x",
      messages: [
        {
          context: { taskId: "t" },
          timestamp: { seconds: 1, nanos: 2 },
          stream: "LOG_STREAM_STDOUT",
          data: text("hi"),
          attrs: [{ key: "k", value: "v" }],
        },
      ],
    },
    `
    0a 01 78
    12 19
      0a 03
        1a 01 74
      12 04
        08 01
        10 02
      18 01
      22 02 6869
      2a 06
        0a 01 6b
        12 01 76
    `,
  );
});

test("Raft: an append message with one entry; zeros are written", () => {
  checkGolden(
    "ProcessRaftMessageRequest",
    {
      message: {
        type: "MsgApp",
        to: "9223372036854775808",
        from: "1",
        term: 2,
        logTerm: 1,
        index: 5,
        entries: [{ Term: 2, Index: 6, Data: text("D") }],
        commit: 5,
      },
    },
    `
    0a 32
      08 03
      10 80808080808080808001
      18 01
      20 02
      28 01
      30 05
      3a 09
        08 00
        10 02
        18 06
        22 01 44
      40 05
      4a 0a
        12 08
          0a 02 2800
          10 00
          18 00
      50 00
      58 00
    `,
  );
});

test("RaftMembership: what a new manager is told", () => {
  checkGolden(
    "JoinResponse",
    {
      raftId: "7",
      members: [{ raftId: "1", nodeId: "n", addr: "h:1" }],
      removedMembers: ["2", "300"],
    },
    `
    08 07
    12 0c
      08 01
      12 01 6e
      1a 03 683a31
      22 00
    18 02
    18 ac02
    `,
  );
});

test("ResourceAllocator: a container to attach to a network", () => {
  checkGolden(
    "AttachNetworkRequest",
    { config: { target: "net", addresses: ["10.0.0.5"] }, containerId: "c" },
    `
    0a 0f
      0a 03 6e6574
      1a 08 31302e302e302e35
    12 01 63
    `,
  );
});

test("Watch: all changes of one service's tasks", () => {
  checkGolden(
    "WatchRequest",
    {
      entries: [{ kind: "task", action: 7, filters: [{ serviceId: "s" }] }],
      resumeFrom: { index: 9 },
      includeOldObject: true,
    },
    `
    0a 0d
      0a 04 7461736b
      10 07
      1a 03
        3a 01 73
    12 02
      08 09
    18 01
    `,
  );
});

test("the log: a request with one stored node", () => {
  checkGolden(
    "InternalRaftRequest",
    { id: "18446744073709551615", action: [{ action: "STORE_ACTION_CREATE", node: { id: "n" } }] },
    `
    08 ffffffffffffffffff01
    12 15
      08 01
      12 11
        0a 01 6e
        12 02 0a00
        1a 02 0a00
        2a 00
        42 02 1a00
    `,
  );
});

function checkGolden<Name extends MessageName>(
  name: Name,
  parts: DeepPartial<MessageTypes[Name]>,
  golden: string,
): void {
  const codec = getCodec(name);
  const value = codec.create(parts);
  const wanted = golden.replace(/\s/g, "");
  expect(Buffer.from(codec.encode(value)).toString("hex")).toBe(wanted);
  expect(codec.decode(Buffer.from(wanted, "hex"))).toEqual(value);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
