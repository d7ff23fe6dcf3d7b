// Numbers of the dispatcher. Those that agents notice are SwarmKit's (manager/dispatcher).
import type { Millis } from "../lib/time.ts";

/** Time between heartbeats when the cluster object says nothing, or nothing usable. */
export const heartbeatPeriodMsDefault: Millis = 5000;

/** Each reply's period differs from the configured one by up to this, so that agents do not beat at once. */
export const heartbeatJitterMsMax: Millis = 500;

/** The jitter is never more than this part of the period, or short periods would vanish in it. */
export const heartbeatJitterShareMax = 0.1;

/** Periods after which a silent node is DOWN. */
export const gracePeriods = 3;

/** The same after a change of leaders, when agents have yet to find the new one. */
export const gracePeriodsUnknown = 6;

/** How long a node is DOWN before its tasks are given up. */
export const orphanAfterMs: Millis = 24 * 60 * 60 * 1000;

/** Registrations of one node that may follow each other within `registrationWindowMs`. */
export const registrationsMax = 3;
export const registrationWindowMs: Millis = 8000;

/** Live sessions; each has at most one session stream and one assignments stream. */
export const sessionsMax = 20_000;

/** Status updates that are written without further waiting. */
export const statusUpdatesMax = 10_000;

/** Changes of one node's assignments that are sent without further waiting. */
export const assignmentChangesMax = 100;

/**
 * Shortest and longest wait between two batches of status updates, and between two assignment messages
 * of one node. SwarmKit always waits 100 ms for company.
 */
export const batchWaitMsMin: Millis = 5;
export const batchWaitMsMax: Millis = 100;

/** What each item of a batch adds to the wait for the next one. */
export const batchWaitMsPerItem: Millis = 1;

/** Weight that SwarmKit gives every manager in session messages. */
export const managerWeight = 10;
