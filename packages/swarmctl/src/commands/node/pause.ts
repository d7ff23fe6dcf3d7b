import type { AnyCommand } from "../../define-command.ts";
import { defineAvailabilityCommand } from "./change-node.ts";

export const nodePause: AnyCommand = defineAvailabilityCommand(
  "Give a node no more tasks, and leave it those it has",
  "PAUSE",
  "was already paused",
);
