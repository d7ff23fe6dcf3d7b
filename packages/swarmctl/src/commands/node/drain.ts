import type { AnyCommand } from "../../define-command.ts";
import { defineAvailabilityCommand } from "./change-node.ts";

export const nodeDrain: AnyCommand = defineAvailabilityCommand(
  "Move a node's tasks elsewhere and give it no more",
  "DRAIN",
  "was already drained",
);
