/** Changes after which a batch starts the next Raft entry, as SwarmKit's batches do. */
export const changesPerTransactionMax = 200;

/** Bytes of one entry (an encoded `InternalRaftRequest`) that SwarmKit's peers take. */
export const transactionBytesMax: number = 1.5 * 1024 * 1024;

/** Bytes after which a batch starts the next entry: three quarters of what an entry may hold. */
export const batchBytesMax: number = transactionBytesMax * 0.75;

/** Bytes that the entry's request id takes at most: a tag and a 64-bit varint. */
export const requestIdBytesMax = 11;

/** Bytes around one action in an entry: a tag, and a length of up to 21 bits. */
export const actionFramingBytesMax = 4;

/** Reports of dropped updates that are kept until somebody takes them. */
export const droppedUpdatesMax = 100;
