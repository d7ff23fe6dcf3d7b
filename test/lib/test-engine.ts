/** The socket of the Docker engine that tests may use; empty when there is none. */
export const testEngine: string = process.env["SWARMKIT_TEST_ENGINE"] ?? "";

/** Says aloud what is skipped for want of an engine; answers whether there is one. */
export function hasEngineFor(what: string): boolean {
  if (testEngine !== "") return true;
  const why = "SWARMKIT_TEST_ENGINE names no engine's socket";
  process.stderr.write(`SKIPPED: ${what}, as ${why}\n`);
  return false;
}
