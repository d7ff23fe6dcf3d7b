/**
 * Freezes a value with all that it holds and gives it back. What is frozen already is taken to be
 * frozen throughout, so an object that shares most of its parts with a stored one costs little.
 * Byte arrays cannot be frozen by the language; nobody may write to them all the same.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
