/**
 * Thrown by `encode` for a value that the wire cannot carry: a number out of its field's range, an
 * unknown name of an enum, a wrong type. Always a mistake of the caller, so it says which field.
 * The value itself is not in the text: it may be a secret.
 */
export class EncodeError extends RangeError {
  override readonly name = "EncodeError";
  readonly code = "wire-encode-invalid";
  /** For example `Task.slot`. */
  readonly field: string;

  constructor(field: string, wanted: string, value: unknown) {
    super(`cannot encode ${field}: it must be ${wanted}, and is ${describe(value)}`);
    this.field = field;
  }
}

/**
 * Thrown by `decode` for bytes that are not the message: truncated, malformed, or with a value that
 * we cannot hold. The bytes come from a peer or a file, so callers must expect it.
 */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly code = "wire-decode-invalid";
  /** The message, or `Message.field` where that is known. */
  readonly place: string;

  constructor(place: string, problem: string, options?: ErrorOptions) {
    super(`cannot decode ${place}: ${problem}`, options);
    this.place = place;
  }
}

/** A number may be shown; of anything else only its kind, because strings and bytes hold secrets. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  if (value === undefined) return "missing";
  if (value instanceof Uint8Array) return "bytes";
  if (typeof value === "string") return "a string of another form";
  return `a ${typeof value}`;
}
