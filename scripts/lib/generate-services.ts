// Writes packages/proto/gen/services.ts: the table of every service, with the rule for its callers.
import type { Schema, SchemaMethod, SchemaService } from "./generate-schema.ts";
import { formatComment } from "./generate-types.ts";

/** The text of services.ts, after the header. */
export function formatServices(schema: Schema): string {
  const types = schema.services.map(formatServiceType).join("");
  const tables = schema.services.map(formatService).join("");
  return `import type { Method } from "../src/method.ts";

/** Every service by its name. */
export interface Services {
${types}}

/** Every service: paths, messages, streaming and who may call. */
export const services: Services = {
${tables}};
`;
}

function formatServiceType(service: SchemaService): string {
  const methods = service.methods.map(
    (method) =>
      `${formatComment(method.comment, "    ")}    readonly ${method.name}: Method<` +
      `"${method.request}", "${method.response}">;\n`,
  );
  return `${formatComment(service.comment, "  ")}  readonly ${service.name}: {\n${methods.join("")}  };\n`;
}

function formatService(service: SchemaService): string {
  return `  ${service.name}: {\n${service.methods.map(formatMethod).join("")}  },\n`;
}

function formatMethod(method: SchemaMethod): string {
  return `    ${method.name}: {
      path: "${method.path}",
      request: "${method.request}",
      response: "${method.response}",
      clientStreaming: ${method.isClientStreaming},
      serverStreaming: ${method.isServerStreaming},
      isDeprecated: ${method.isDeprecated},
      authorization: {
        roles: ${JSON.stringify(method.roles)},
        insecure: ${method.isInsecure},
      },
    },
`;
}
