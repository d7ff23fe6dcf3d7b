// From a command line to an exit code.
import { type CommandLine, readCommandLine } from "./command-line.ts";
import { connectLater } from "./connect-later.ts";
import { reportError } from "./report-error.ts";
import type { World } from "./world.ts";

/** Runs the words after the program's name; gives the exit code. Never throws. */
export async function runProgram(words: readonly string[], world: World): Promise<number> {
  if (words[0] === "__complete") {
    const { complete } = await import("./completion/complete.ts");
    world.writeOutput(await complete(words.slice(1), world));
    return 0;
  }
  let command = "";
  try {
    const line = await readCommandLine(words, world.columns);
    if (line.kind === "help") {
      world.writeOutput(line.text);
      return 0;
    }
    command = line.name;
    await runCommand(line, world);
    return 0;
  } catch (error) {
    const { text, exitCode } = reportError(error, {
      command,
      // The command line may not have been understood: look for these two as words.
      isDebug: words.some((word) => word === "--debug" || word === "-D"),
      isJson: words.some(
        (word, index) =>
          word === "--format=json" || (word === "json" && words[index - 1] === "--format"),
      ),
    });
    world.writeError(text);
    return exitCode;
  }
}

async function runCommand(
  { command, input, globals }: CommandLine & { readonly kind: "run" },
  world: World,
): Promise<void> {
  const client = connectLater(world, globals);
  try {
    await command.run(
      {
        client,
        write: (text) => world.writeOutput(text),
        createFile: world.createFile,
        nowMs: world.now(),
        resolvesNames: globals.noResolve !== true,
      },
      input,
    );
  } finally {
    client.close();
  }
}
