// Every command by its words. A command's module is loaded when its words are on the command line.
import type { AnyCommand } from "../define-command.ts";

export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly load: () => Promise<AnyCommand>;
}

export interface Noun {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly verbs: readonly Verb[];
  /** Things that belong to this one, with commands of their own. */
  readonly nouns?: readonly Noun[];
}

export const nouns: readonly Noun[] = [
  {
    name: "cluster",
    aliases: [],
    summary: "Manage the cluster",
    verbs: [
      verb("inspect", async () => (await import("./cluster/inspect.ts")).clusterInspect),
      verb("ls", async () => (await import("./cluster/ls.ts")).clusterLs, "list"),
      verb("unlock-key", async () => (await import("./cluster/unlock-key.ts")).clusterUnlockKey),
      verb("update", async () => (await import("./cluster/update.ts")).clusterUpdate),
    ],
    nouns: [
      {
        name: "snapshot",
        aliases: [],
        summary: "Back up the cluster",
        verbs: [
          verb(
            "save",
            async () => (await import("./cluster/snapshot/save.ts")).clusterSnapshotSave,
          ),
        ],
      },
    ],
  },
  {
    name: "node",
    aliases: [],
    summary: "Manage nodes",
    verbs: [
      verb("activate", async () => (await import("./node/activate.ts")).nodeActivate),
      verb("demote", async () => (await import("./node/demote.ts")).nodeDemote),
      verb("drain", async () => (await import("./node/drain.ts")).nodeDrain),
      verb("inspect", async () => (await import("./node/inspect.ts")).nodeInspect),
      verb("ls", async () => (await import("./node/ls.ts")).nodeLs, "list"),
      verb("pause", async () => (await import("./node/pause.ts")).nodePause),
      verb("promote", async () => (await import("./node/promote.ts")).nodePromote),
      verb("remove", async () => (await import("./node/remove.ts")).nodeRemove, "rm"),
      verb("update", async () => (await import("./node/update.ts")).nodeUpdate),
    ],
  },
  {
    name: "service",
    aliases: ["svc"],
    summary: "Manage services",
    verbs: [
      verb("create", async () => (await import("./service/create.ts")).serviceCreate),
      verb("inspect", async () => (await import("./service/inspect.ts")).serviceInspect),
      verb("ls", async () => (await import("./service/ls.ts")).serviceLs, "list"),
      verb("remove", async () => (await import("./service/remove.ts")).serviceRemove, "rm"),
      verb("update", async () => (await import("./service/update.ts")).serviceUpdate),
    ],
  },
  {
    name: "task",
    aliases: [],
    summary: "Manage tasks",
    verbs: [
      verb("inspect", async () => (await import("./task/inspect.ts")).taskInspect),
      verb("ls", async () => (await import("./task/ls.ts")).taskLs, "list"),
      verb("remove", async () => (await import("./task/remove.ts")).taskRemove, "rm"),
    ],
  },
];

/** Commands of one word. */
export const lonelyVerbs: readonly Verb[] = [
  verb("completion", async () => (await import("./completion.ts")).completionCommand),
  verb("version", async () => (await import("./version.ts")).versionCommand),
];

/** Whether a word is the name of a noun or verb, or one of its aliases. */
export function isCalled(entry: Noun | Verb, word: string | undefined): boolean {
  return word !== undefined && (entry.name === word || entry.aliases.includes(word));
}

function verb(name: string, load: () => Promise<AnyCommand>, ...aliases: readonly string[]): Verb {
  return { name, aliases, load };
}
