import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { enums, messages } from "../gen/descriptor.ts";
import { services } from "../gen/services.ts";
import { bitMaskFields, decimalStringFields } from "./field-forms.ts";
import type { Method } from "./method.ts";

interface Facts {
  readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Table = Readonly<Record<string, Method>>;

const factsFile = new URL("../testdata/wire-facts.json", import.meta.url);
const facts: Facts = JSON.parse(readFileSync(factsFile, "utf8"));

/** What this project adds to the protocol. */
const EXTENSION = "swarmkit.extension.v1";

const PACKAGES: readonly string[] = ["docker.swarmkit.v1", "raftpb", "google.protobuf"];

test("the descriptor has every message and field of the protocol and no other", () => {
  const described = Object.entries(messages)
    .filter(([, [fullName = ""]]) => PACKAGES.some((name) => fullName.startsWith(`${name}.`)))
    .map(([, [fullName = "", ...fields]]) => [
      fullName,
      Object.fromEntries(fields.map(describeField)),
    ]);
  expect(Object.fromEntries(described)).toEqual(facts.messages);
});

test("the descriptor has every enum and value of the protocol and no other", () => {
  const wanted = Object.entries(facts.enums).map(([name, values]) => [shorten(name), values]);
  expect(enums).toEqual(Object.fromEntries(wanted));
});

test("the service tables have every method, its messages, its streams and its callers", () => {
  const described = Object.values<Table>(services)
    .map((methods) => [serviceOf(methods), describeMethods(methods)])
    .filter(([name]) => !`${name}`.startsWith(EXTENSION));
  expect(Object.fromEntries(described)).toEqual(facts.services);
});

test("a service of our own is for managers, and bears its package's name", () => {
  const own = Object.entries<Table>(services).filter(([, methods]) =>
    serviceOf(methods).startsWith(EXTENSION),
  );
  expect(own.map(([name]) => name)).not.toEqual([]);
  for (const [name, methods] of own) {
    expect(serviceOf(methods)).toBe(`${EXTENSION}.${name}`);
    for (const { authorization } of Object.values(methods)) {
      expect(authorization).toEqual({ roles: ["swarm-manager"], insecure: false });
    }
  }
});

test("every field with a form of its own is marked in the descriptor", () => {
  const marked = Object.values(messages).flatMap(([fullName = "", ...fields]) =>
    fields
      .filter((field) => /\b(decimal|bits)\b/.test(field))
      .map((field) => `${fullName}.${field.split(" ")[1]}`.replace("docker.swarmkit.v1.", "")),
  );
  const listed = [...Object.keys(decimalStringFields), ...Object.keys(bitMaskFields)];
  expect(marked.sort()).toEqual(listed.sort());
});

/** The words of a descriptor's line in the form of the facts. */
function describeField(line: string): [string, string] {
  const [number = "", name = "", type = "", ...traits] = line.split(" ");
  const isRepeated = traits.includes("repeated") || traits.includes("unpacked");
  const isMap = traits.includes("map");
  const words = [
    number,
    ...(isRepeated ? ["repeated"] : []),
    isMap ? `map<string,${lengthen(type)}>` : lengthen(type),
    ...traits.filter((trait) => !["repeated", "map", "decimal", "bits"].includes(trait)),
  ];
  return [name, words.join(" ")];
}

/** The full name of the service that these methods belong to. */
function serviceOf(methods: Table): string {
  return Object.values(methods)[0]?.path.split("/")[1] ?? "";
}

function describeMethods(methods: Table): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(methods).map(describeMethod));
}

function describeMethod([name, method]: [string, Method]): [string, unknown] {
  const request = `${method.clientStreaming ? "stream " : ""}${lengthen(method.request)}`;
  const response = `${method.serverStreaming ? "stream " : ""}${lengthen(method.response)}`;
  const described = {
    path: method.path,
    messages: `${request} > ${response}`,
    roles: method.authorization.roles,
    insecure: method.authorization.insecure,
  };
  return [name, method.isDeprecated ? { ...described, deprecated: true } : described];
}

/** A type's full name; scalars stay. */
function lengthen(type: string): string {
  const message = messages[type];
  if (message !== undefined) return message[0] ?? type;
  return Object.keys(facts.enums).find((fullName) => shorten(fullName) === type) ?? type;
}

function shorten(fullName: string): string {
  const parts = fullName.replace(/^(docker\.swarmkit\.v1|google\.protobuf)\./, "").split(".");
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}
