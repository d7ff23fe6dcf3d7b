import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findService } from "../find-object.ts";

export const serviceRemove: AnyCommand = defineCommand<object>({
  summary: "Remove services and their tasks",
  argument: { name: "service", completes: "service", isVariadic: true },
  flags: {},
  async run(context, { names }) {
    for (const wanted of names) {
      const { id: serviceId } = await findService(context, wanted);
      await context.client.call("RemoveService", { serviceId });
      context.write(`${wanted}\n`);
    }
  },
});
