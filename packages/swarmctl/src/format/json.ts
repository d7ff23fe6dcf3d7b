/** An object of the protocol on one line: bytes as base64, fields that nobody knows left out. */
export function formatJsonLine(value: object): string {
  return `${JSON.stringify(value, toPlain)}\n`;
}

/** The same over several lines, for people. */
export function formatJson(value: object): string {
  return `${JSON.stringify(value, toPlain, 2)}\n`;
}

function toPlain(key: string, value: unknown): unknown {
  if (key === "$unknown") return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
