// A demotion that is carried out even if the quorum is lost with it. SwarmKit has no such thing, and no
// field for it: a label on the node's spec says so, which any client can set in the same UpdateNode that
// asks for the demotion. It comes through every proxy, and whoever does not know it refuses as ever.
import type { NodeSpec } from "@swarmkit/proto/types";

/** The label; its value must be "true". */
export const forceDemotionLabel = "swarmkit.ts.force-demotion";

export function isDemotionForced({ annotations }: NodeSpec): boolean {
  const { labels } = annotations;
  return Object.hasOwn(labels, forceDemotionLabel) && labels[forceDemotionLabel] === "true";
}

/** The spec without the label, which concerns one demotion only. */
export function withoutForcedDemotion(spec: NodeSpec): NodeSpec {
  const { labels } = spec.annotations;
  if (!Object.hasOwn(labels, forceDemotionLabel)) return spec;
  const kept = Object.entries(labels).filter(([name]) => name !== forceDemotionLabel);
  return { ...spec, annotations: { ...spec.annotations, labels: Object.fromEntries(kept) } };
}
