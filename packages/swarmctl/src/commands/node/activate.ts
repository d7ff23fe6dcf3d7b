import type { AnyCommand } from "../../define-command.ts";
import { defineAvailabilityCommand } from "./change-node.ts";

export const nodeActivate: AnyCommand = defineAvailabilityCommand(
  "Let a node get tasks again",
  "ACTIVE",
  "is already active",
);
