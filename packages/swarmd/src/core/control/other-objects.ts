// Reads of the objects that cannot be written yet. A store that was taken over from SwarmKit may
// have them, and then they are shown.
import type {
  GetConfigRequest,
  GetConfigResponse,
  GetExtensionRequest,
  GetExtensionResponse,
  GetNetworkRequest,
  GetNetworkResponse,
  GetResourceRequest,
  GetResourceResponse,
  GetSecretRequest,
  GetSecretResponse,
  GetVolumeRequest,
  GetVolumeResponse,
  ListConfigsRequest,
  ListConfigsResponse,
  ListNetworksRequest,
  ListNetworksResponse,
  ListResourcesRequest,
  ListResourcesResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  ListVolumesRequest,
  ListVolumesResponse,
  Secret,
} from "@swarmkit/proto/types";
import { type Outcome, succeed } from "../lib/outcome.ts";
import type { ReadView, TableName, Tables } from "../store/types.ts";
import { invalidArgument, notFound } from "./refusals.ts";
import { passes, selectAll, selectAny, type Traits } from "./select.ts";

/** Tables whose objects have their name and labels in a spec. */
type SpecTable = "network" | "secret" | "config" | "volume";

export function getNetwork(
  { networkId, name }: GetNetworkRequest,
  view: ReadView,
): Outcome<GetNetworkResponse> {
  if (networkId === "" && name === "") return invalidArgument;
  if (networkId !== "")
    return mapValue(getById(view, "network", networkId), (network) => ({ network }));
  const [network] = view.find("network", { by: "name", name });
  return network === undefined ? notFound("network", name) : succeed({ network });
}

export function listNetworks(
  { filters }: ListNetworksRequest,
  view: ReadView,
): Outcome<ListNetworksResponse> {
  return succeed({ networks: selectAll(view, traitsOf("network"), filters) });
}

export function getSecret(
  { secretId }: GetSecretRequest,
  view: ReadView,
): Outcome<GetSecretResponse> {
  return mapValue(getById(view, "secret", secretId), (secret) => ({
    secret: redactSecret(secret),
  }));
}

/** Internal secrets are the managers' own and are not listed. */
export function listSecrets(
  { filters }: ListSecretsRequest,
  view: ReadView,
): Outcome<ListSecretsResponse> {
  const secrets = selectAny(view, traitsOf("secret"), filters).filter(({ internal }) => !internal);
  return succeed({ secrets: secrets.map(redactSecret) });
}

export function getConfig(
  { configId }: GetConfigRequest,
  view: ReadView,
): Outcome<GetConfigResponse> {
  return mapValue(getById(view, "config", configId), (config) => ({ config }));
}

export function listConfigs(
  { filters }: ListConfigsRequest,
  view: ReadView,
): Outcome<ListConfigsResponse> {
  return succeed({ configs: selectAny(view, traitsOf("config"), filters) });
}

export function getExtension(
  { extensionId }: GetExtensionRequest,
  view: ReadView,
): Outcome<GetExtensionResponse> {
  return mapValue(getById(view, "extension", extensionId), (extension) => ({ extension }));
}

export function getResource(
  { resourceId }: GetResourceRequest,
  view: ReadView,
): Outcome<GetResourceResponse> {
  return mapValue(getById(view, "resource", resourceId), (resource) => ({ resource }));
}

export function listResources(
  { filters }: ListResourcesRequest,
  view: ReadView,
): Outcome<ListResourcesResponse> {
  const kind = filters?.kind ?? "";
  const traits: Traits<"resource"> = {
    table: "resource",
    name: ({ annotations }) => annotations.name,
    labels: ({ annotations }) => annotations.labels,
  };
  const resources = selectAny(view, traits, filters);
  return succeed({ resources: resources.filter((it) => kind === "" || it.kind === kind) });
}

export function getVolume(
  { volumeId }: GetVolumeRequest,
  view: ReadView,
): Outcome<GetVolumeResponse> {
  return mapValue(getById(view, "volume", volumeId), (volume) => ({ volume }));
}

export function listVolumes(
  { filters }: ListVolumesRequest,
  view: ReadView,
): Outcome<ListVolumesResponse> {
  const volumes = selectAll(view, traitsOf("volume"), filters).filter(
    ({ spec }) =>
      passes(filters?.groups ?? [], (group) => group === spec.group) &&
      passes(filters?.drivers ?? [], (driver) => driver === spec.driver?.name),
  );
  return succeed({ volumes });
}

function traitsOf<T extends SpecTable>(table: T): Traits<T> {
  return {
    table,
    name: ({ spec }) => spec.annotations.name,
    labels: ({ spec }) => spec.annotations.labels,
  };
}

function getById<T extends TableName>(view: ReadView, table: T, id: string): Outcome<Tables[T]> {
  if (id === "") return invalidArgument;
  const object = view.get(table, id);
  return object === undefined ? notFound(table, id) : succeed(object);
}

function mapValue<A, B>(outcome: Outcome<A>, map: (value: A) => B): Outcome<B> {
  return outcome.ok ? succeed(map(outcome.value)) : outcome;
}

/** A secret's data never leaves by this API. */
function redactSecret(secret: Secret): Secret {
  return { ...secret, spec: { ...secret.spec, data: new Uint8Array() } };
}
