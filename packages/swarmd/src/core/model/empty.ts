import type { Annotations, Meta } from "@swarmkit/proto/types";

/** What a new object carries until the store stamps it. */
export const emptyMeta: Meta = {
  version: { index: 0 },
  createdAt: undefined,
  updatedAt: undefined,
};

/** No name, no labels. */
export const emptyAnnotations: Annotations = { name: "", labels: {}, indices: [] };
