import { describe, expect, test } from "vitest";
import { parseBytes } from "./bytes.ts";
import { parseCpus } from "./cpus.ts";
import { splitList } from "./csv.ts";
import { parseDuration } from "./duration.ts";
import { parseFileReference } from "./file-reference.ts";
import { parseGenericResources } from "./generic-resources.ts";
import { parseKeyValues } from "./key-values.ts";
import type { Parsed } from "./parsed.ts";
import { parsePort } from "./port.ts";
import { parseSocketPath } from "./socket-path.ts";
import { expandSwitches } from "./switches.ts";
import { parseTmpfsList } from "./tmpfs.ts";
import { parseUlimit } from "./ulimit.ts";
import { parseWholeNumber } from "./whole-number.ts";

/** The value, or why there is none. */
function outcome<T>(parsed: Parsed<T>): T | string {
  if (parsed.ok) return parsed.value;
  expect(parsed.remedy).not.toBe("");
  return `refused: ${parsed.why}`;
}

describe("lists", () => {
  test.each([
    ["", []],
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    ["a,,b,", ["a", "", "b", ""]],
    ['"a,b",c', ["a,b", "c"]],
    ['"say ""hi"""', ['say "hi"']],
    ['""', [""]],
    ["a\nb,c", ["a\nb", "c"]],
    [" a , b ", [" a ", " b "]],
    ['a"b', "refused: a quote stands inside a value that does not begin with one"],
    ['"a', "refused: a quote is not closed"],
    ['"a"b', "refused: something follows a closing quote"],
  ])("%j", (text, expected) => {
    expect(outcome(splitList(text))).toEqual(expected);
  });
});

describe("durations", () => {
  test.each([
    ["0", { seconds: 0, nanos: 0 }],
    ["10s", { seconds: 10, nanos: 0 }],
    ["1h2m3.5s", { seconds: 3723, nanos: 500_000_000 }],
    ["+1.5h", { seconds: 5400, nanos: 0 }],
    [".5s", { seconds: 0, nanos: 500_000_000 }],
    ["1.s", { seconds: 1, nanos: 0 }],
    ["100us", { seconds: 0, nanos: 100_000 }],
    ["100µs", { seconds: 0, nanos: 100_000 }],
    ["100μs", { seconds: 0, nanos: 100_000 }],
    ["1s1s", { seconds: 2, nanos: 0 }],
    ["2562047h47m16.854775807s", { seconds: 9_223_372_036, nanos: 854_775_807 }],
    ["2562047h47m16.854775808s", "refused: it is too long"],
    ["", "refused: it is not a duration"],
    ["10", "refused: it has no unit"],
    ["-1s", "refused: it is below 0"],
    ["1d", "refused: it is not a duration"],
    ["s", "refused: it is not a duration"],
    [".s", "refused: it is not a duration"],
    ["1 s", "refused: it is not a duration"],
    [`${"9".repeat(100)}s`, "refused: it is not a duration"],
  ])("%s", (text, expected) => {
    expect(outcome(parseDuration(text))).toEqual(expected);
  });
});

describe("sizes", () => {
  test.each([
    ["0", 0],
    ["4096", 4096],
    ["512m", 536_870_912],
    ["1.5g", 1_610_612_736],
    ["1GiB", 1_073_741_824],
    ["1 kb", 1024],
    ["32B", 32],
    ["2T", 2_199_023_255_552],
    ["-1m", "refused: it is below 0"],
    ["1e3", "refused: it is not a size"],
    ["m", "refused: it is not a size"],
    ["", "refused: it is not a size"],
    ["99999p", "refused: it is too large"],
  ])("%s", (text, expected) => {
    expect(outcome(parseBytes(text))).toBe(expected);
  });
});

describe("CPUs", () => {
  test.each([
    ["1", 1_000_000_000],
    ["0.5", 500_000_000],
    [".5", 500_000_000],
    ["1/4", 250_000_000],
    ["0.000000001", 1],
    ["0.1000000000", 100_000_000],
    ["0.0000000001", "refused: it has more than 9 decimal places"],
    ["1/3", "refused: it has more than 9 decimal places"],
    ["1/0", "refused: it divides by 0"],
    ["-1", "refused: it is below 0"],
    [".", "refused: it is not a number"],
    ["", "refused: it is not a number"],
    ["two", "refused: it is not a number"],
    ["99999999999", "refused: it is too large"],
    ["9".repeat(1_000_000), "refused: it is not a number"],
  ])("%.20s", (text, expected) => {
    expect(outcome(parseCpus(text))).toBe(expected);
  });
});

describe("whole numbers", () => {
  test.each([
    ["0", 0],
    ["007", 7],
    ["1000000000", 1_000_000_000],
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", "refused: it is too large"],
    ["-1", "refused: it is below 0"],
    ["1e9", "refused: it is not a whole number"],
    ["1.5", "refused: it is not a whole number"],
    ["0x10", "refused: it is not a whole number"],
    [" 1", "refused: it is not a whole number"],
    ["", "refused: it is not a whole number"],
  ])("%s", (text, expected) => {
    expect(outcome(parseWholeNumber(text))).toBe(expected);
  });
});

describe("ports", () => {
  const port = {
    name: "web",
    protocol: "TCP",
    targetPort: 80,
    publishedPort: 0,
    publishMode: "HOST",
  };
  test.each([
    ["web:80", port],
    ["web:80:8080", { ...port, publishedPort: 8080 }],
    ["web:80/UDP:8080/udp", { ...port, protocol: "UDP", publishedPort: 8080 }],
    [":80/sctp", { ...port, name: "", protocol: "SCTP" }],
    ["web:80:0", port],
    ["80", "refused: the name and the port are not both there"],
    ["web:0", "refused: port 0 cannot be listened on"],
    ["web:65536", 'refused: "65536" is not a port from 0 to 65535'],
    ["web:http", 'refused: "http" is not a port from 0 to 65535'],
    ["web:80/icmp", 'refused: "80/icmp" names no known protocol'],
    ["web:80/tcp/udp", 'refused: "80/tcp/udp" names no known protocol'],
    ["web:80/constructor", 'refused: "80/constructor" names no known protocol'],
    ["web:80/udp:8080", "refused: the two protocols differ"],
    ["web:80:80:80", "refused: it has too many parts"],
  ])("%s", (text, expected) => {
    expect(outcome(parsePort(text))).toEqual(expected);
  });
});

describe("mounts in memory", () => {
  const mount = {
    type: "TMPFS",
    source: "",
    target: "/run",
    readonly: false,
    consistency: "DEFAULT",
  };
  const options = { sizeBytes: 0, mode: 0, options: "" };
  test.each([
    [["/run"], [mount]],
    [["/run:ro"], [{ ...mount, readonly: true, tmpfsOptions: options }]],
    [
      ["/run:size=64m", "mode=1777", "noexec", "/tmp"],
      [
        { ...mount, tmpfsOptions: { sizeBytes: 67_108_864, mode: 0o1777, options: "noexec" } },
        { ...mount, target: "/tmp" },
      ],
    ],
    [["run"], 'refused: "run" is not an absolute path'],
    [["/run:a:b"], "refused: it has more than one colon"],
    [["/run:size=1e3"], 'refused: "1e3" is not a size'],
    [["/run:mode=9"], 'refused: "9" is not an octal mode'],
    [["/run:sync"], 'refused: "sync" is not an option of tmpfs'],
  ])("%j", (items, expected) => {
    expect(outcome(parseTmpfsList(items))).toEqual(expected);
  });
});

describe("limits", () => {
  test.each([
    ["nofile=1024", { name: "nofile", soft: 1024, hard: 1024 }],
    ["nofile=1:2", { name: "nofile", soft: 1, hard: 2 }],
    ["core=5:-1", { name: "core", soft: 5, hard: -1 }],
    ["core=-1:5", "refused: the soft limit is above the hard limit"],
    ["nofile=2:1", "refused: the soft limit is above the hard limit"],
    ["files=1", 'refused: "files" is no known limit'],
    ["nofile", 'refused: "nofile" is not a limit'],
    ["nofile=1:2:3", 'refused: "nofile=1:2:3" is not a limit'],
  ])("%s", (text, expected) => {
    expect(outcome(parseUlimit(text))).toEqual(expected);
  });
});

describe("other values", () => {
  test("labels keep what follows the first equals sign", () => {
    expect(outcome(parseKeyValues(["a=b=c", " d = e ", "f="]))).toEqual({
      a: "b=c",
      d: "e",
      f: "",
    });
    expect(outcome(parseKeyValues(["a"]))).toBe('refused: "a" is not key=value');
    expect(outcome(parseKeyValues(["=a"]))).toBe('refused: "=a" is not key=value');
    expect(Object.keys(outcome(parseKeyValues(["__proto__=x"])))).toEqual(["__proto__"]);
  });

  test("generic resources are counts, each kind once", () => {
    const [gpu, fpga] = [2, 1];
    expect(outcome(parseGenericResources("gpu=2, fpga=1"))).toEqual([
      { discreteResourceSpec: { kind: "gpu", value: gpu } },
      { discreteResourceSpec: { kind: "fpga", value: fpga } },
    ]);
    expect(outcome(parseGenericResources("gpu=2,gpu=1"))).toBe('refused: "gpu" is there twice');
  });

  test("a file reference has its own name inside when it is given", () => {
    expect(outcome(parseFileReference("key"))).toEqual({ name: "key", target: "key" });
    expect(outcome(parseFileReference("key:x.pem"))).toEqual({ name: "key", target: "x.pem" });
    for (const text of ["", ":x", "key:", "a:b:c"]) {
      expect(outcome(parseFileReference(text))).toContain("refused");
    }
  });

  test("a socket is a path or a unix address", () => {
    expect(outcome(parseSocketPath("/a.sock"))).toBe("/a.sock");
    expect(outcome(parseSocketPath("unix:///a.sock"))).toBe("/a.sock");
    expect(outcome(parseSocketPath("unix:a.sock"))).toBe("a.sock");
    expect(outcome(parseSocketPath("http://a"))).toBe('refused: "http" sockets cannot be used');
    expect(outcome(parseSocketPath("unix://"))).toBe("refused: it names no file");
  });

  test("switches with values become switches, but values of flags stay as they are", () => {
    const known = {
      valued: new Set(["--env", "-s"]),
      switches: new Set(["--tty", "--no-resolve"]),
    };
    const words = ["--tty=true", "--tty=FALSE", "--tty=maybe", "--no-resolve=false", "-s"];
    words.push("--tty=true", "--env", "--", "--tty=0", "--", "--tty=1");
    expect(expandSwitches(words, known)).toEqual([
      "--tty",
      "--no-tty",
      "--tty=maybe",
      "-s",
      "--tty=true",
      "--env",
      "--",
      "--no-tty",
      "--",
      "--tty=1",
    ]);
  });
});
