/** Thrown when the program contradicts itself; the process ends with its state, as nothing is sure any more. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Ends the program when `condition` does not hold: for invariants, never for input from outside. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
