import { Allocator } from "../allocator/allocator.ts";
import type { IdSource } from "../lib/ids.ts";
import { ConstraintEnforcer } from "../orchestrator/constraint-enforcer/constraint-enforcer.ts";
import { ReplicatedOrchestrator } from "../orchestrator/replicated/replicated-orchestrator.ts";
import { TaskReaper } from "../orchestrator/task-reaper/task-reaper.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import type { Component } from "../store/types.ts";

/**
 * What a leader consists of, in the order in which each commit is shown to them: a service becomes
 * tasks, tasks get what they need of the network, then a node.
 */
export function createComponents(options: { readonly ids: IdSource }): readonly Component[] {
  return [
    new ReplicatedOrchestrator({ newTaskId: options.ids }),
    new ConstraintEnforcer(),
    new TaskReaper(),
    new Allocator(),
    new Scheduler(),
  ];
}
