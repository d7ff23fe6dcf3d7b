// Reads the .proto files into a plain model of messages, enums and services, with the names that our
// code uses. It refuses what the codecs could not carry, so the other steps need no checks.
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bitMaskFields, decimalStringFields } from "../../packages/proto/src/field-forms.ts";
import { toPropertyName } from "../../packages/proto/src/property-name.ts";
import { checkSchema } from "./generate-checks.ts";

export interface SchemaField {
  /** As in the .proto file. */
  readonly name: string;
  /** As in our code. */
  readonly property: string;
  readonly number: number;
  readonly kind: "scalar" | "message" | "enum";
  /** The protobuf scalar, or the short name of a message or enum. Of a map: the value's. */
  readonly type: string;
  readonly shape: "singular" | "repeated" | "map";
  /** False for repeated numbers that are written one tag each. */
  readonly isPacked: boolean;
  readonly isNonNullable: boolean;
  readonly isDeprecated: boolean;
  readonly oneof: string | undefined;
  readonly form: "plain" | "decimal" | "bits";
  readonly comment: string | undefined;
}

export interface SchemaMessage {
  readonly name: string;
  readonly fullName: string;
  readonly comment: string | undefined;
  readonly fields: readonly SchemaField[];
}

export interface SchemaEnum {
  readonly name: string;
  readonly fullName: string;
  readonly comment: string | undefined;
  readonly values: ReadonlyMap<string, number>;
}

export interface SchemaMethod {
  readonly name: string;
  readonly path: string;
  readonly request: string;
  readonly response: string;
  readonly isClientStreaming: boolean;
  readonly isServerStreaming: boolean;
  readonly isDeprecated: boolean;
  readonly roles: readonly string[];
  readonly isInsecure: boolean;
  readonly comment: string | undefined;
}

export interface SchemaService {
  readonly name: string;
  readonly fullName: string;
  readonly comment: string | undefined;
  readonly methods: readonly SchemaMethod[];
}

/** Everything the generated files are made from, each list sorted by name. */
export interface Schema {
  readonly messages: readonly SchemaMessage[];
  readonly enums: readonly SchemaEnum[];
  readonly services: readonly SchemaService[];
}

// The parts of protobufjs' reflection that are used here. Its own types are not visible from
// `scripts`, which has no dependencies.
interface Reflected {
  readonly name: string;
  readonly fullName: string;
  readonly comment?: string | null;
  readonly options?: { readonly deprecated?: boolean; readonly [option: `(${string})`]: unknown };
  readonly parsedOptions?: readonly Readonly<Record<string, unknown>>[];
  readonly nestedArray?: readonly Reflected[];
  readonly fieldsArray?: readonly ReflectedField[];
  readonly values?: Readonly<Record<string, number>>;
  readonly methodsArray?: readonly ReflectedMethod[];
}

interface ReflectedField extends Reflected {
  readonly id: number;
  readonly type: string;
  readonly keyType?: string;
  readonly repeated: boolean;
  readonly map: boolean;
  readonly required: boolean;
  readonly packed: boolean;
  readonly partOf: Reflected | null;
  readonly resolvedType: Reflected | null;
}

interface ReflectedMethod extends Reflected {
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
  readonly resolvedRequestType: Reflected;
  readonly resolvedResponseType: Reflected;
}

interface ReflectionRoot extends Reflected {
  resolvePath: (origin: string, target: string) => string;
  loadSync(files: readonly string[], options: object): ReflectionRoot;
  resolveAll(): ReflectionRoot;
}

/** Packages that only annotate: nothing is generated for them. */
const ANNOTATION_PACKAGES: ReadonlySet<string> = new Set([".swarmkit.options"]);

/** Said here because the well-known files that come with protobufjs carry no comments. */
const WELL_KNOWN_COMMENTS: Readonly<Record<string, string>> = {
  Any: "A message of any type: its bytes, and a URL that ends in its full name.",
  BoolValue: "A boolean that can also be absent.",
  Duration: "A signed span of time; both parts have the same sign.",
  Int64Value: "A 64-bit integer that can also be absent.",
  Timestamp: "A moment in UTC: seconds since 1970, and nanoseconds from 0 to 999,999,999.",
};

const NON_NULLABLE = "(swarmkit.options.non_nullable)";
const AUTHORIZATION = "(swarmkit.options.authorization)";

/**
 * Reads every .proto file under `packageFolder`/proto. Throws an Error that names the place for
 * whatever the codecs do not support.
 */
export function readSchema(packageFolder: string): Schema {
  const reached = new Map<string, Reflected>();
  const services: SchemaService[] = [];
  for (const item of allItems(loadRoot(packageFolder))) {
    if (item.methodsArray !== undefined) services.push(toService(item));
    else if (!item.fullName.startsWith(".google.protobuf.")) reach(item, reached);
  }
  const items = [...reached.values()];
  const schema: Schema = {
    messages: items
      .filter((item) => item.fieldsArray !== undefined)
      .map(toMessage)
      .sort(byName),
    enums: items
      .filter((item) => item.values !== undefined)
      .map(toEnum)
      .sort(byName),
    services: services.sort(byName),
  };
  checkSchema(schema);
  return schema;
}

/** Our own parts, and of google.protobuf only what they use. */
function reach(item: Reflected, reached: Map<string, Reflected>): void {
  if (reached.has(item.fullName)) return;
  reached.set(item.fullName, item);
  for (const field of item.fieldsArray ?? []) {
    if (field.resolvedType !== null) reach(field.resolvedType, reached);
  }
}

function loadRoot(packageFolder: string): ReflectionRoot {
  const protoRequire = createRequire(join(packageFolder, "package.json"));
  const { Root } = protoRequire("protobufjs") as { Root: new () => ReflectionRoot };
  const protoFolder = join(packageFolder, "proto");
  const root = new Root();
  root.resolvePath = (_origin, target) => {
    // Descriptor.proto is not among the files that protobufjs knows by heart.
    if (target === "google/protobuf/descriptor.proto") {
      return protoRequire.resolve("protobufjs/google/protobuf/descriptor.proto");
    }
    return target.startsWith("google/") ? target : join(protoFolder, target);
  };
  const files = globSync("**/*.proto", { cwd: protoFolder }).sort();
  root.loadSync(files, { keepCase: true, alternateCommentMode: true });
  return root.resolveAll();
}

function* allItems(parent: Reflected): Generator<Reflected> {
  for (const item of parent.nestedArray ?? []) {
    if (ANNOTATION_PACKAGES.has(item.fullName)) continue;
    const isType = item.fieldsArray !== undefined || item.values !== undefined;
    if (isType || item.methodsArray !== undefined) yield item;
    if (!("extend" in item)) yield* allItems(item);
  }
}

function toMessage(item: Reflected): SchemaMessage {
  const name = shortName(item.fullName);
  const fields = [...(item.fieldsArray ?? [])].sort((a, b) => a.id - b.id).map(toField);
  const comment = item.comment ?? WELL_KNOWN_COMMENTS[name];
  return { name, fullName: item.fullName.slice(1), comment, fields };
}

function toField(field: ReflectedField): SchemaField {
  const key = field.fullName.slice(1).replace("docker.swarmkit.v1.", "");
  if (field.required) throw new Error(`${key}: required fields are not supported`);
  if (field.map && field.keyType !== "string") throw new Error(`${key}: map keys must be strings`);
  const resolved = field.resolvedType;
  const kind = resolved === null ? "scalar" : resolved.values === undefined ? "message" : "enum";
  return {
    name: field.name,
    property: toPropertyName(field.name),
    number: field.id,
    kind,
    type: resolved === null ? field.type : shortName(resolved.fullName),
    shape: field.map ? "map" : field.repeated ? "repeated" : "singular",
    isPacked: field.packed,
    isNonNullable: field.options?.[NON_NULLABLE] === true,
    isDeprecated: field.options?.deprecated === true,
    oneof: field.partOf?.name,
    form: key in decimalStringFields ? "decimal" : key in bitMaskFields ? "bits" : "plain",
    comment: field.comment ?? undefined,
  };
}

function toEnum(item: Reflected): SchemaEnum {
  const values = new Map(Object.entries(item.values ?? {}));
  if (![...values.values()].includes(0)) throw new Error(`${item.fullName}: no value is 0`);
  const comment = item.comment ?? undefined;
  return { name: shortName(item.fullName), fullName: item.fullName.slice(1), comment, values };
}

function toService(item: Reflected): SchemaService {
  const fullName = item.fullName.slice(1);
  const methods = (item.methodsArray ?? []).map((method): SchemaMethod => {
    const authorization = method.parsedOptions?.find((one) => AUTHORIZATION in one)?.[
      AUTHORIZATION
    ];
    if (authorization === undefined) {
      throw new Error(`${fullName}.${method.name}: says nothing about authorization`);
    }
    const { roles = [], insecure = false } = authorization as {
      readonly roles?: readonly string[];
      readonly insecure?: boolean;
    };
    return {
      name: method.name,
      path: `/${fullName}/${method.name}`,
      request: shortName(method.resolvedRequestType.fullName),
      response: shortName(method.resolvedResponseType.fullName),
      isClientStreaming: method.requestStream === true,
      isServerStreaming: method.responseStream === true,
      isDeprecated: method.options?.deprecated === true,
      roles,
      isInsecure: insecure,
      comment: method.comment ?? undefined,
    };
  });
  return { name: shortName(item.fullName), fullName, comment: item.comment ?? undefined, methods };
}

/** `.docker.swarmkit.v1.Mount.BindOptions` becomes `MountBindOptions`; raftpb keeps its package. */
function shortName(fullName: string): string {
  const name = fullName
    .replace(/^\.(docker\.swarmkit\.v1|google\.protobuf|swarmkit\.extension\.v1)\./, "")
    .replace(/^\./, "");
  return name
    .split(".")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
