export { Cluster } from "./cluster.ts";
export { type Directive, replay } from "./datadriven.ts";
export { formatEntry, formatMessage, formatReady, formatStatus } from "./format.ts";
export { interaction } from "./interaction.ts";
export { JournaledStorage } from "./journaled-storage.ts";
export { Member, type MemberOptions } from "./member.ts";
export { drawBelow, seededPrng } from "./prng.ts";
export { decodeText, encodeText, parseConfChange } from "./text.ts";
