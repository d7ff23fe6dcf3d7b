import { parseKeyValues } from "../../args/key-values.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { usageError } from "../../errors.ts";
import { formatKeyValues } from "../../format/key-values.ts";
import { findNode } from "../find-object.ts";
import { changeNode, noChange } from "./change-node.ts";

interface Flags {
  readonly label: Readonly<Record<string, string>>;
}

export const nodeUpdate: AnyCommand = defineCommand<Flags>({
  summary: "Replace a node's labels",
  argument: { name: "node", completes: "node" },
  flags: {
    label: {
      kind: "list",
      placeholder: "key=value",
      summary: "the node's labels; they replace all that it has",
      parse: parseKeyValues,
    },
  },
  async run(context, { names: [wanted], flags: { label: labels } }) {
    if (labels === undefined) {
      throw usageError("no change asked for", "there is no --label", "give --label key=value");
    }
    const node = await findNode(context, wanted);
    const { annotations } = node.spec;
    // Sorted and joined, equal maps give equal texts.
    if (formatKeyValues(annotations.labels) === formatKeyValues(labels)) {
      throw noChange(`no change for node ${wanted}`);
    }
    await changeNode(context, node, { annotations: { ...annotations, labels } });
  },
});
