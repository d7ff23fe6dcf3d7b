import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration } from "../format/quantity.ts";
import { parseBytes } from "./bytes.ts";
import { parseCpus } from "./cpus.ts";
import { splitList } from "./csv.ts";
import { parseDuration } from "./duration.ts";
import { parseGenericResources } from "./generic-resources.ts";
import { parsePort } from "./port.ts";
import { parseTmpfsList } from "./tmpfs.ts";
import { parseUlimit } from "./ulimit.ts";
import { parseWholeNumber } from "./whole-number.ts";

test("a list that is written with quotes is read back", () => {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ") })),
      (items) => {
        expect(splitList(items.map(quote).join(","))).toEqual({ ok: true, value: items });
      },
    ),
  );
});

test("a duration that is written is read back", () => {
  const seconds = fc.integer({ min: 0, max: 9_223_372_035 });
  const nanos = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(seconds, nanos, (wholeSeconds, rest) => {
      const duration = { seconds: wholeSeconds, nanos: rest };
      expect(parseDuration(formatDuration(duration))).toEqual({ ok: true, value: duration });
    }),
  );
});

test("CPUs are exact to nine places", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_000_000 }), fc.nat(999_999_999), (whole, places) => {
      const text = `${whole}.${String(places).padStart(9, "0")}`;
      expect(parseCpus(text)).toEqual({ ok: true, value: whole * 1e9 + places });
    }),
  );
});

test("no text makes a parser throw, and what is refused comes with a reason and a remedy", () => {
  const parsers = [
    parseBytes,
    parseCpus,
    parseDuration,
    parseGenericResources,
    parsePort,
    parseUlimit,
    parseWholeNumber,
    splitList,
    (text: string) => parseTmpfsList([text]),
  ];
  const unit = fc.constantFrom(...'0189.-+/:=,"smhgkbe \n§µ');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit })), (text) => {
      for (const parse of parsers) {
        const parsed = parse(text);
        if (!parsed.ok) expect([parsed.why, parsed.remedy]).not.toContain("");
        else if (typeof parsed.value === "number") expect(parsed.value).toSatisfy(isCount);
      }
    }),
  );
});

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
