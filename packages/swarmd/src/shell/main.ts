// swarmd: from the command line to a running node, and back on a signal.
import { SwarmdError } from "./errors.ts";
import { parseFlags, type SwarmdFlags } from "./flags.ts";
import { createLogger, type Logger } from "./log.ts";
import { SwarmNode } from "./node/node.ts";

/** Exit statuses: 0 stopped in order, 1 failed, 2 the command line is wrong. */
const failed = 1;
const misused = 2;

async function main(): Promise<void> {
  let flags: SwarmdFlags;
  try {
    const command = parseFlags(process.argv.slice(2));
    if (command.kind === "print") {
      process.stdout.write(command.text);
      return;
    }
    flags = command.flags;
  } catch (error) {
    fail(error, misused);
  }
  const log = createLogger({ level: flags.logLevel });
  endOnDefects(log);
  try {
    await run(flags, log);
  } catch (error) {
    fail(error, failed);
  }
}

/** Runs the node until a signal or a failure ends it. Tasks keep running in both cases. */
async function run(flags: SwarmdFlags, log: Logger): Promise<void> {
  const stopping = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info("stopping; tasks keep running", { signal });
      stopping.resolve();
    });
  }
  const node = new SwarmNode({ flags, log, fatal: (error) => fail(error, failed) });
  await Promise.race([node.start(), stopping.promise]);
  await stopping.promise;
  await node.stop();
  // Nothing may keep the process alive now, whatever still holds a handle.
  process.exit(0);
}

/** A defect leaves the state in doubt: the process ends, and its supervisor starts it afresh. */
function endOnDefects(log: Logger): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      const stack = error instanceof Error ? error.stack : undefined;
      log.error("swarmd has a defect and ends", { error: String(error), stack });
      process.exit(failed);
    });
  }
}

/** Ends the process with one line that says what, why and what to do. */
function fail(error: unknown, status: number): never {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SwarmdError ? ` [${error.code}]` : "";
  process.stderr.write(`swarmd: error: ${message}${code}\n`);
  process.exit(status);
}

void main();
