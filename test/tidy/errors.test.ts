// docs/errors.md lists exactly the codes that the programs have, and none is declared without being used.
import { expect, test } from "vitest";
import { exitCodes } from "../../packages/swarmctl/src/errors.ts";
import type { ApiCode } from "../../packages/swarmd/src/core/lib/outcome.ts";
import { toStatus } from "../../packages/swarmd/src/shell/grpc/rpc-error.ts";
import { firstCode, readTable } from "./markdown.ts";
import { readFiles, readText } from "./repository.ts";

const page = readText("docs/errors.md");
const shell = "packages/swarmd/src/shell";

/** The members of a union of string literals, by the type's name. */
function readUnion(source: string, name: string): readonly string[] {
  const declaration = new RegExp(`export type ${name} =([\\s\\S]*?);`).exec(source)?.[1] ?? "";
  return [...declaration.matchAll(/^\s*\|\s*"([^"]+)"/gm)].map(([, code = ""]) => code);
}

/** The values of `code` that a module's error classes carry. */
function readCodes(source: string): readonly string[] {
  return [...source.matchAll(/readonly code = "([^"]+)"/g)].map(([, code = ""]) => code);
}

function listed(heading: string): readonly string[] {
  return readTable(page, heading).map(([cell]) => firstCode(cell));
}

/** How two lists of names differ, for people. */
function compare(inCode: readonly string[], inPage: readonly string[]): readonly string[] {
  return [
    ...inCode.filter((code) => !inPage.includes(code)).map((code) => `${code} is not listed`),
    ...inPage.filter((code) => !inCode.includes(code)).map((code) => `${code} does not exist`),
  ];
}

test("docs/errors.md lists swarmd's codes", () => {
  const codes = readUnion(readText(`${shell}/errors.ts`), "SwarmdErrorCode");
  expect(codes.length).toBeGreaterThan(10);
  expect(compare(codes, listed("swarmd"))).toEqual([]);
});

test("docs/errors.md lists the API's codes, each with its gRPC status", () => {
  const codes = readUnion(readText("packages/swarmd/src/core/lib/outcome.ts"), "ApiCode");
  expect(codes.length).toBeGreaterThan(5);
  expect(compare(codes, listed("API refusals"))).toEqual([]);
  for (const [code = "", status = ""] of readTable(page, "API refusals")) {
    const named = status.toLowerCase().replaceAll("_", "-") as ApiCode;
    expect(toStatus(named), status).toBeTypeOf("number");
    expect(toStatus(firstCode(code) as ApiCode)).toBe(toStatus(named));
  }
});

test("docs/errors.md lists the wire's codes", () => {
  const codes = readCodes(readText("packages/proto/src/errors.ts"));
  expect(codes.length).toBeGreaterThan(0);
  expect(compare(codes, listed("Wire"))).toEqual([]);
});

test("docs/errors.md lists swarmctl's kinds of errors with their exit statuses", () => {
  const rows = readTable(page, "swarmctl").map(([kind, status]) => [
    firstCode(kind),
    Number(status),
  ]);
  expect(Object.fromEntries(rows)).toEqual(exitCodes);
});

test("every code of swarmd is used", () => {
  const codes = readUnion(readText(`${shell}/errors.ts`), "SwarmdErrorCode");
  const sources = readFiles(/^packages\/swarmd\/src\/shell\/.*(?<!\.test)\.ts$/)
    .filter(({ path }) => path !== `${shell}/errors.ts`)
    .map(({ text }) => text);
  const isUsed = (code: string): boolean => sources.some((text) => text.includes(`"${code}"`));
  expect(codes.filter((code) => !isUsed(code))).toEqual([]);
});

test("a code that is missing on either side is found", () => {
  const source = 'export type X =\n  /** About a. */\n  | "a"\n  | "b-c";\n';
  expect(compare(readUnion(source, "X"), ["a", "d"])).toEqual([
    "b-c is not listed",
    "d does not exist",
  ]);
  expect(readCodes('  readonly code = "e";')).toEqual(["e"]);
});
