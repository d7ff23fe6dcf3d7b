// The swarmctl program: the world as it is, and the exit code.
import { runProgram } from "./program.ts";
import type { World } from "./world.ts";

const interruption = new AbortController();

const world: World = {
  environment: process.env,
  signal: interruption.signal,
  columns: process.stdout.columns ?? 80,
  now: () => Date.now(),
  writeOutput: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  createFile: async (path, options) => {
    const { createFile } = await import("./create-file.ts");
    return await createFile(path, options);
  },
  connect: async (options) => {
    const { createGrpcClient } = await import("./client/grpc-client.ts");
    return createGrpcClient(options);
  },
};

// Whoever read our output has had enough, as `head` has after ten lines.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  // Half a list that looks whole would be worse than none.
  process.stderr.write(`Error: the output cannot be written: ${error.message}\n`, () => {
    process.exit(1);
  });
});

// Once: whoever presses Ctrl-C again wants out.
process.once("SIGINT", () => interruption.abort());

void runProgram(process.argv.slice(2), world).then((exitCode) => {
  process.exitCode = exitCode;
});
