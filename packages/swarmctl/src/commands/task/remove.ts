import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findTask } from "../find-object.ts";

export const taskRemove: AnyCommand = defineCommand<object>({
  summary: "Remove a task at once; its service gets another",
  argument: { name: "task", completes: "task", isVariadic: true },
  flags: {},
  async run(context, { names }) {
    for (const wanted of names) {
      const { id: taskId } = await findTask(context, wanted);
      await context.client.call("RemoveTask", { taskId });
      context.write(`${wanted}\n`);
    }
  },
});
