import type {
  CreateServiceRequest,
  CreateServiceResponse,
  GetServiceRequest,
  GetServiceResponse,
  ListServicesRequest,
  ListServicesResponse,
  RemoveServiceRequest,
  RemoveServiceResponse,
  Service,
  ServiceSpec,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { type Outcome, type Refusal, refuse, succeed } from "../lib/outcome.ts";
import { toTimestamp } from "../lib/time.ts";
import { emptyMeta } from "../model/empty.ts";
import { insertDefaults } from "../model/service-defaults.ts";
import type { ReadView, WriteTransaction } from "../store/types.ts";
import type { ControlContext } from "./context.ts";
import { checkPortConflicts } from "./endpoint-spec.ts";
import { invalidArgument, notFound, toOutcome } from "./refusals.ts";
import { runtimeName } from "./runtime-name.ts";
import { passes, selectAll, type Traits } from "./select.ts";
import { checkServiceSpec, modeOf } from "./service-spec.ts";

const traits: Traits<"service"> = {
  table: "service",
  name: ({ spec }) => spec.annotations.name,
  labels: ({ spec }) => spec.annotations.labels,
};

export function getService(
  { serviceId, insertDefaults: shouldInsertDefaults }: GetServiceRequest,
  view: ReadView,
): Outcome<GetServiceResponse> {
  if (serviceId === "") return invalidArgument;
  const service = view.get("service", serviceId);
  if (service === undefined) return notFound("service", serviceId);
  if (!shouldInsertDefaults) return succeed({ service });
  return succeed({ service: { ...service, spec: insertDefaults(service.spec) } });
}

export function listServices(
  { filters }: ListServicesRequest,
  view: ReadView,
): Outcome<ListServicesResponse> {
  const runtimes = filters?.runtimes ?? [];
  const services = selectAll(view, traits, filters).filter(({ spec }) =>
    passes(runtimes, (runtime) => runtime === runtimeName(spec.task)),
  );
  return succeed({ services });
}

export function createService(
  { spec }: CreateServiceRequest,
  tx: WriteTransaction,
  context: ControlContext,
): Outcome<CreateServiceResponse> {
  const refusal = checkServiceSpec(spec);
  if (refusal !== undefined || spec === undefined) return refusal ?? invalidArgument;
  const conflict = checkPortConflicts(spec.endpoint, tx, undefined);
  if (conflict !== undefined) return conflict;
  const service: Service = {
    id: context.ids(),
    meta: emptyMeta,
    spec,
    pendingDelete: false,
    specVersion: { index: 0 },
  };
  const created = tx.create("service", service);
  if (!created.ok && created.reason === "name-conflict") {
    const { name } = spec.annotations;
    return refuse("already-exists", `${created.message}: service ${name} already exists`);
  }
  return toOutcome(created, () => ({ service: tx.get("service", service.id) }));
}

export function updateService(
  request: UpdateServiceRequest,
  tx: WriteTransaction,
  context: ControlContext,
): Outcome<UpdateServiceResponse> {
  const { serviceId, serviceVersion, spec } = request;
  if (serviceId === "" || serviceVersion === undefined) return invalidArgument;
  const refusal = checkServiceSpec(spec);
  if (refusal !== undefined || spec === undefined) return refusal ?? invalidArgument;
  const service = tx.get("service", serviceId);
  if (service === undefined) return notFound("service", serviceId);
  const forbidden = checkChange(service, spec, tx);
  if (forbidden !== undefined) return forbidden;
  const isRollback = request.rollback === "PREVIOUS";
  if (isRollback && service.previousSpec === undefined) {
    return refuse("failed-precondition", `service ${serviceId} does not have a previous spec`);
  }
  const changed = isRollback ? rollBack(service, context) : replaceSpec(service, spec, request);
  const meta = { ...service.meta, version: serviceVersion };
  const updated = tx.update("service", { ...changed, meta });
  return toOutcome(updated, () => ({ service: tx.get("service", serviceId) }));
}

/** The service goes at once; the orchestrators stop and remove its tasks. */
export function removeService(
  { serviceId }: RemoveServiceRequest,
  tx: WriteTransaction,
): Outcome<RemoveServiceResponse> {
  if (serviceId === "") return invalidArgument;
  if (tx.get("service", serviceId) === undefined) return notFound("service", serviceId);
  return toOutcome(tx.remove("service", serviceId), () => ({}));
}

/** What of a service must stay as it is. */
function checkChange(service: Service, spec: ServiceSpec, view: ReadView): Refusal | undefined {
  const old = service.spec;
  if (spec.endpoint !== undefined && !isEqual(spec.endpoint, old.endpoint)) {
    const conflict = checkPortConflicts(spec.endpoint, view, service.id);
    if (conflict !== undefined) return conflict;
  }
  if (!isEqual(spec.networks, old.networks) && isEqual(spec.task.networks, old.task.networks)) {
    return refuse("unimplemented", "networks must be migrated to TaskSpec before being changed");
  }
  if (modeOf(spec) !== modeOf(old)) {
    return refuse("unimplemented", "service mode change is not allowed");
  }
  if (spec.annotations.name !== old.annotations.name) {
    return refuse("unimplemented", "renaming services is not supported");
  }
  return undefined;
}

/** The two specs change places; the updater sees from the status which way it goes. */
function rollBack(service: Service, { now }: ControlContext): Service {
  return {
    ...service,
    spec: service.previousSpec ?? service.spec,
    specVersion: service.previousSpecVersion,
    previousSpec: service.spec,
    previousSpecVersion: service.specVersion,
    updateStatus: {
      state: "ROLLBACK_STARTED",
      message: "manually requested rollback",
      startedAt: toTimestamp(now),
    },
  };
}

/** The spec's version is the service's version that the caller has seen, not the one it gets. */
function replaceSpec(
  service: Service,
  spec: ServiceSpec,
  { serviceVersion }: UpdateServiceRequest,
): Service {
  return {
    ...service,
    spec,
    specVersion: serviceVersion,
    previousSpec: service.spec,
    previousSpecVersion: service.specVersion,
    updateStatus: undefined,
  };
}
