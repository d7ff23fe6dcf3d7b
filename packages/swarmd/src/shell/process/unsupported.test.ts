import { expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { findUnsupported } from "./unsupported.ts";

const command = ["true"];

test("settings that ask for nothing, as Docker's CLI sends them, are no obstacle", () => {
  const asked = { dnsConfig: {}, privileges: {}, healthcheck: {} };
  expect(findUnsupported(aTask({ spec: { container: { command, ...asked } } }))).toBeUndefined();
});

test.each([
  [{ dnsConfig: { nameservers: ["10.0.0.1"] } }, /^DNS settings/],
  [{ privileges: { noNewPrivileges: true } }, /^privileges/],
  [{ privileges: { selinuxContext: { disable: true } } }, /^privileges/],
])("what only a container can have is refused: %j", (asked, reason) => {
  const task = aTask({ spec: { container: { command, ...asked } } });
  expect(findUnsupported(task)).toMatch(reason);
});
