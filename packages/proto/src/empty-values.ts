// The values of fields that are absent, shared by all messages: most fields of most messages are.

/**
 * A map from names to values whose lookups find nothing that was not put in: not `constructor`, and
 * `__proto__` is a key as any other. Faster than an object without prototype, and as safe.
 */
export const SafeMap = function SafeMap() {} as unknown as new () => Record<string, unknown>;
SafeMap.prototype = Object.freeze(Object.create(null));

export const EMPTY_ARRAY: readonly never[] = Object.freeze([]);
export const EMPTY_BYTES: Uint8Array = Object.freeze(new Uint8Array(0));
export const EMPTY_MAP: Readonly<Record<string, never>> = Object.freeze(
  new SafeMap() as Record<string, never>,
);
