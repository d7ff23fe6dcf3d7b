import { expect, test } from "vitest";
import { services } from "../gen/services.ts";
import { getCodec } from "./codec.ts";
import { enumName, enumNumber, taskStateNumber } from "./enums.ts";
import type { Method } from "./method.ts";
import { grpcServiceDefinition } from "./services.ts";

test("a definition has the path and the streams of every method", () => {
  const definition = grpcServiceDefinition(services.LogBroker);
  expect(Object.keys(definition)).toEqual(["ListenSubscriptions", "PublishLogs"]);
  expect(definition.PublishLogs).toMatchObject({
    path: "/docker.swarmkit.v1.LogBroker/PublishLogs",
    originalName: "publishLogs",
    requestStream: true,
    responseStream: false,
  });
});

test("a definition carries values over the wire as Buffers", () => {
  const { Check } = grpcServiceDefinition(services.Health);
  const bytes = Check.requestSerialize(getCodec("HealthCheckRequest").create({ service: "Raft" }));
  expect(Buffer.isBuffer(bytes)).toBe(true);
  expect(Check.requestDeserialize(bytes)).toEqual({ service: "Raft" });
});

test("what is encoded already goes out unchanged and uncopied", () => {
  const { Assignments } = grpcServiceDefinition(services.Dispatcher);
  const encoded = new Uint8Array([1, 2, 3]);
  const sent = Assignments.responseSerialize(encoded);
  expect(sent.buffer).toBe(encoded.buffer);
  expect(sent).toEqual(Buffer.from([1, 2, 3]));
});

test("only what comes before a certificate is open to everybody", () => {
  const open = Object.values(services).flatMap((service) =>
    Object.values<Method>(service).filter((method) => method.authorization.insecure),
  );
  expect(open.map((method) => method.path)).toEqual([
    "/docker.swarmkit.v1.CA/GetRootCACertificate",
    "/docker.swarmkit.v1.NodeCA/IssueNodeCertificate",
    "/docker.swarmkit.v1.NodeCA/NodeCertificateStatus",
  ]);
});

test("task states have the wire's numbers, which only grow", () => {
  expect(taskStateNumber("RUNNING")).toBe(512);
  expect(taskStateNumber("ORPHANED")).toBeGreaterThan(taskStateNumber("REMOVE"));
});

test("enums are named and numbered, also beyond what is known", () => {
  expect(enumName("NodeRole", 1)).toBe("MANAGER");
  expect(enumName("NodeRole", 9)).toBe("#9");
  expect(enumNumber("NodeRole", "#9" as "WORKER")).toBe(9);
});
