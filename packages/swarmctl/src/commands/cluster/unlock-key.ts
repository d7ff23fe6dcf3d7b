import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatManagerLock, formatUnlockKey } from "../../format/unlock-key.ts";
import { findCluster } from "../find-object.ts";

interface Flags {
  readonly quiet: boolean;
}

export const clusterUnlockKey: AnyCommand = defineCommand<Flags>({
  summary: "Show the key that managers need to start again",
  argument: { name: "cluster", completes: "cluster" },
  flags: {
    quiet: { kind: "switch", short: "q", summary: "print only the key; nothing if there is none" },
  },
  async run(context, { names: [wanted], flags }) {
    await findCluster(context, wanted);
    const { unlockKey } = await context.client.call("GetUnlockKey", {});
    if (flags.quiet !== true) context.write(formatManagerLock(unlockKey));
    else if (unlockKey.length > 0) context.write(`${formatUnlockKey(unlockKey)}\n`);
  },
});
