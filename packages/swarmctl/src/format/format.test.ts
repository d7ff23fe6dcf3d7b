import { describe, expect, test } from "vitest";
import { formatDetails } from "./details.ts";
import { formatJson, formatJsonLine } from "./json.ts";
import { toPrintable } from "./printable.ts";
import { formatBytes, formatCpus, formatDuration } from "./quantity.ts";
import { formatTable } from "./table.ts";
import { formatAgo, formatTimestamp } from "./time.ts";

const nowMs = 1_000_000_000_000;

describe("times", () => {
  test.each([
    [0, "now"],
    [0.9, "now"],
    [1, "1 second ago"],
    [59, "59 seconds ago"],
    [60, "1 minute ago"],
    [3599, "59 minutes ago"],
    [7200, "2 hours ago"],
    [86_400, "1 day ago"],
    [14 * 86_400, "2 weeks ago"],
    [31 * 86_400, "1 month ago"],
    [800 * 86_400, "2 years ago"],
    [-120, "2 minutes from now"],
  ])("%d s", (seconds, text) => {
    const atMs = nowMs - seconds * 1000;
    const timestamp = { seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1e6 };
    expect(formatAgo(timestamp, nowMs)).toBe(text);
  });

  test("never is nothing", () => {
    expect(formatAgo(undefined, nowMs)).toBe("");
    expect(formatTimestamp(undefined)).toBe("");
  });

  test("moments are in UTC, as exact as they are known", () => {
    expect(formatTimestamp({ seconds: 0, nanos: 0 })).toBe("1970-01-01T00:00:00Z");
    expect(formatTimestamp({ seconds: 1, nanos: 6 })).toBe("1970-01-01T00:00:01.000000006Z");
    expect(formatTimestamp({ seconds: -62_135_596_800, nanos: 0 })).toBe("0001-01-01T00:00:00Z");
    expect(formatTimestamp({ seconds: 1e15, nanos: 0 })).toBe("1000000000000000 s after 1970");
  });
});

describe("quantities", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [67_108_864, "64 MiB"],
    [8_589_934_592, "8 GiB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, 0, "0s"],
    [5, 0, "5s"],
    [90, 0, "1m30s"],
    [7_776_000, 0, "2160h0m0s"],
    [0, 500_000_000, "500ms"],
    [0, 1_500, "1.5µs"],
    [0, 7, "7ns"],
    [61, 250_000_000, "1m1.25s"],
  ])("%d s and %d ns are %s", (seconds, nanos, text) => {
    expect(formatDuration({ seconds, nanos })).toBe(text);
  });

  test("CPUs are not rounded", () => {
    expect(formatCpus(500_000_000)).toBe("0.5");
    expect(formatCpus(4_000_000_001)).toBe("4.000000001");
  });
});

describe("layout", () => {
  test("columns are as wide as their widest cell, in characters", () => {
    expect(
      formatTable(
        ["A", "Name", "B"],
        [
          ["1", "größe", "x"],
          ["22", "👍👍", ""],
        ],
      ),
    ).toBe("A   Name   B\n" + "-   ----   -\n" + "1   größe  x\n" + "22  👍👍\n");
  });

  test("a cell cannot break its line", () => {
    expect(formatTable(["A", "B"], [["a\nb", "\u001b[31mred\u009b"]])).toBe(
      "A    B\n-    -\na b  ?[31mred?\n",
    );
  });

  test("printable text stays as it is", () => {
    expect(toPrintable("größe — 👍")).toBe("größe — 👍");
  });

  test("values stand in one column, and headings have none", () => {
    const details = [
      { depth: 0, label: "ID", value: "x" },
      { depth: 0, label: "Heading" },
      { depth: 1, label: "Long label", value: "" },
    ];
    expect(formatDetails(details)).toBe(
      "ID              : x\n" + "Heading\n" + "  Long label    : \n",
    );
    expect(formatDetails([])).toBe("");
  });
});

describe("JSON", () => {
  test("bytes are base64, and unknown fields are left out", () => {
    const value = { a: new Uint8Array([1, 2, 255]), $unknown: [new Uint8Array([1])], b: undefined };
    expect(formatJsonLine(value)).toBe('{"a":"AQL/"}\n');
    expect(formatJson(value)).toBe('{\n  "a": "AQL/"\n}\n');
  });
});
