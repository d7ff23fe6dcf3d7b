import type {
  Service,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
} from "@swarmkit/proto/types";
import { fromDuration, type Millis } from "../../lib/time.ts";
import { defaultUpdateConfig } from "../../model/service-defaults.ts";

/** Added to the delay when it would outlast the time of monitoring (SwarmKit's constant). */
const monitorMarginMs = 1_000;

/** How one update goes about its work. */
export interface UpdatePlan {
  readonly isRollback: boolean;
  /** Slots worked on at a time; at least 1. */
  readonly parallelism: number;
  /** Pause of a worker between two slots. */
  readonly delayMs: Millis;
  readonly order: UpdateConfigUpdateOrder;
  readonly failureAction: UpdateConfigFailureAction;
  /** A task that ends within this time of having run has failed the update. */
  readonly monitorMs: Millis;
  /** Failures by dirty slots above which the failure action is taken; 0 to 1. */
  readonly maxFailureRatio: number;
}

/**
 * The plan of the service's update, or of its rollback while one is under way. A service without a
 * configuration gets the defaults; one with parallelism 0 has all its slots replaced at once.
 */
export function planUpdate(service: Service, dirtySlots: number): UpdatePlan {
  const isRollback = service.updateStatus?.state === "ROLLBACK_STARTED";
  const config = (isRollback ? service.spec.rollback : service.spec.update) ?? defaultUpdateConfig;
  const delayMs = fromDuration(config.delay);
  const monitor = config.monitor ?? defaultUpdateConfig.monitor;
  const monitorMs = monitor === undefined ? 0 : fromDuration(monitor);
  return {
    isRollback,
    parallelism: Math.max(1, config.parallelism === 0 ? dirtySlots : config.parallelism),
    delayMs,
    order: config.order,
    failureAction: config.failureAction,
    monitorMs: delayMs >= monitorMs ? delayMs + monitorMarginMs : monitorMs,
    maxFailureRatio: config.maxFailureRatio,
  };
}
