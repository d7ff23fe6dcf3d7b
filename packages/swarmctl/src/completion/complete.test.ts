import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { aNode, aService, aTask } from "../testing/builders.ts";
import { fakeCluster } from "../testing/fake-cluster.ts";
import { runSwarmctl } from "../testing/run-swarmctl.ts";
import { completionScripts } from "./scripts.ts";

const handlers = fakeCluster({
  nodes: [aNode("alpha"), aNode("beta")],
  services: [aService("web"), aService("worker")],
  tasks: [aTask("web", 1)],
  secrets: [{ id: "s1", spec: { annotations: { name: "cert" } } }],
  networks: [{ id: "n1", spec: { annotations: { name: "front" } } }],
});

/** The candidates without their descriptions. `_` stands for a word that is not begun yet. */
async function candidates(line: string): Promise<readonly string[]> {
  const { stdout, exitCode, stderr } = await runSwarmctl(`__complete ${line.replace(/_$/, "''")}`, {
    handlers,
  });
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout.split("\n").flatMap((text) => (text === "" ? [] : [text.split("\t")[0] ?? ""]));
}

describe("completion of words", () => {
  test.each([
    ["_", ["cluster", "node", "service", "task", "completion", "version"]],
    ["se", ["service"]],
    ["svc r", ["remove"]],
    ["task _", ["inspect", "ls", "remove"]],
    ["-n node in", ["inspect"]],
    ["cluster sn", ["snapshot"]],
    ["cluster snapshot _", ["save"]],
    ["cluster snapshot save --fo", ["--format", "--force"]],
    ["cluster snapshot save file _", []],
    ["completion _", ["bash", "zsh", "fish"]],
    ["node drain _", ["alpha", "beta"]],
    ["node drain a", ["alpha"]],
    ["node drain node", ["nodealphaid", "nodebetaid"]],
    ["node drain alpha _", []],
    ["service rm web _", ["web", "worker"]],
    ["service inspect we", ["web"]],
    ["task inspect _", ["taskweb1"]],
    ["service update web --update-order _", ["stop-first", "start-first"]],
    [
      "service update web --update-order=st",
      ["--update-order=stop-first", "--update-order=start-first"],
    ],
    ["service create --network _", ["front"]],
    ["service create --secret c", ["cert"]],
    ["service create --name x _", []],
    ["service create --restart-m", ["--restart-max-attempts"]],
    ["node ls --s", ["--socket"]],
    ["nonsense _", []],
    ["node nonsense _", []],
    ["node node _", []],
    ["node ls --nonsense=x _", []],
  ])("%s", async (line, expected) => {
    expect(await candidates(line)).toEqual(expected);
  });

  test("candidates come with descriptions", async () => {
    const { stdout } = await runSwarmctl("__complete service inspect w", { handlers });
    expect(stdout).toBe("web\tbusybox:1.36\nworker\tbusybox:1.36\n");
  });

  test("nothing is said when no manager answers", async () => {
    const run = await runSwarmctl("__complete node drain ''", { handlers: {} });
    expect(run).toMatchObject({ stdout: "", stderr: "", exitCode: 0 });
  });

  test("the socket on the line is the one that is asked", async () => {
    const { socketPath } = await runSwarmctl("__complete -s x.sock node drain ''", { handlers });
    expect(socketPath).toBe("x.sock");
  });
});

describe("completion scripts", () => {
  test.each(Object.keys(completionScripts))("%s is printed", async (shell) => {
    const { stdout, exitCode } = await runSwarmctl(`completion ${shell}`);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(completionScripts[shell]);
  });

  test.each([
    ["swarmctl node drain al", "node drain al", ["alpha"]],
    ["swarmctl node ", "node ", ["alpha"]],
    ["swarmctl svc update --format=j", "svc update --format=j", ["json"]],
  ])("bash completes %s", (line, asked, expected) => {
    const directory = mkdtempSync(join(tmpdir(), "swarmctl-"));
    const program = join(directory, "swarmctl");
    const answer = line.includes("=") ? "--format=json" : "alpha";
    writeFileSync(
      program,
      `#!/bin/sh\nshift\nlast=; for word; do asked="$asked$sep$word"; sep=' '; done\n` +
        `[ "$asked" = "${asked}" ] && printf '%s\\tdescription\\n' '${answer}'\n`,
    );
    chmodSync(program, 0o755);
    // Bash splits at = as well, and so does COMP_WORDS.
    const words = line.split(/(?==)|(?<==)| /);
    const script = `${completionScripts["bash"]}
COMP_LINE='${line}' COMP_POINT=${line.length} COMP_CWORD=${words.length - 1}
COMP_WORDBREAKS=$' \\t\\n"=:'
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
_swarmctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const path = `${directory}${delimiter}${process.env["PATH"]}`;
    const output = execFileSync("bash", ["--norc", "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: path },
      encoding: "utf8",
    });
    rmSync(directory, { recursive: true });
    expect(output.trim().split("\n")).toEqual(expected);
  });
});
