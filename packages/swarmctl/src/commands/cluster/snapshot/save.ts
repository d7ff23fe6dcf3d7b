import { createHash } from "node:crypto";
import type { SnapshotEnd, SnapshotInfo } from "@swarmkit/proto/types";
import type { CommandContext } from "../../../context.ts";
import { type AnyCommand, defineCommand } from "../../../define-command.ts";
import { CliError } from "../../../errors.ts";
import { formatBackup } from "../../../format/backup.ts";
import type { NewFile } from "../../../new-file.ts";
import { type InspectFlags, inspectFlags, writeInspection } from "../../output-flags.ts";

interface SaveFlags extends InspectFlags {
  readonly force: boolean;
}

/** What was saved. */
interface Saved {
  readonly info: SnapshotInfo;
  readonly bytes: number;
}

export const clusterSnapshotSave: AnyCommand = defineCommand<SaveFlags>({
  summary: "Save a backup of the swarm, as it is now, to a file",
  argument: { name: "file" },
  flags: {
    ...inspectFlags,
    force: { kind: "switch", short: "f", summary: "replace the file if there is one" },
  },
  async run(context, { names: [path], flags }) {
    const file = await context.createFile(path, { replaces: flags.force === true });
    let saved: Saved;
    try {
      saved = await receive(context, file);
      await file.commit();
    } finally {
      await file.discard();
    }
    const { info, bytes } = saved;
    const backup = { path, bytes, ...info };
    await writeInspection(context, flags, backup, () => formatBackup(backup));
  },
});

/** Writes what the manager sends, and makes sure that it is what it should be. */
async function receive({ client }: CommandContext, file: NewFile): Promise<Saved> {
  const hash = createHash("sha256");
  let bytes = 0;
  let info: SnapshotInfo | undefined;
  let end: SnapshotEnd | undefined;
  for await (const chunk of client.saveSnapshot()) {
    if (end !== undefined) throw broken("something followed its end");
    info ??= chunk.info;
    end = chunk.end;
    if (chunk.data === undefined) continue;
    hash.update(chunk.data);
    bytes += chunk.data.length;
    await file.write(chunk.data);
  }
  if (info === undefined || end === undefined) throw broken("it was cut short");
  if (end.bytes !== bytes) throw broken(`${bytes} bytes of ${end.bytes} arrived`);
  if (Buffer.compare(hash.digest(), end.sha256) !== 0) throw broken("its checksum is wrong");
  return { info, bytes };
}

function broken(why: string): CliError {
  return new CliError("failed", {
    what: "the backup did not arrive as it was sent",
    why,
    remedy: "nothing was written; try again",
  });
}
