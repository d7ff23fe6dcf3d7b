/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of etcd's log. `node:zlib` has only
 * the IEEE polynomial. Eight bytes per step, by eight tables.
 */
const polynomial = 0x82f63b78;
const tables = makeTables();
const [table0, table1, table2, table3, table4, table5, table6, table7] = tables;

/**
 * Continues `crc` over `bytes`: `crc32c(b, crc32c(a))` is the checksum of a followed by b. Start at 0.
 * The result is an unsigned 32-bit number.
 */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  let state = ~crc;
  let position = 0;
  const wholeEnd = bytes.length - (bytes.length % 8);
  for (; position < wholeEnd; position += 8) {
    state ^= readWord(bytes, position);
    const high = readWord(bytes, position + 4);
    state =
      at(table7, state) ^
      at(table6, state >>> 8) ^
      at(table5, state >>> 16) ^
      at(table4, state >>> 24) ^
      at(table3, high) ^
      at(table2, high >>> 8) ^
      at(table1, high >>> 16) ^
      at(table0, high >>> 24);
  }
  for (; position < bytes.length; position += 1) {
    state = (state >>> 8) ^ at(table0, state ^ (bytes[position] as number));
  }
  return ~state >>> 0;
}

function at(table: Uint32Array, index: number): number {
  return table[index & 0xff] as number;
}

function readWord(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position] as number) |
    ((bytes[position + 1] as number) << 8) |
    ((bytes[position + 2] as number) << 16) |
    ((bytes[position + 3] as number) << 24)
  );
}

type Tables = readonly [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** Table k gives the effect of a byte that has k more bytes behind it in the step. */
function makeTables(): Tables {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let state = byte;
    for (let bit = 0; bit < 8; bit += 1) state = (state >>> 1) ^ (state & 1 ? polynomial : 0);
    return state;
  });
  const all = [first];
  for (let k = 1; k < 8; k += 1) {
    const previous = all[k - 1] as Uint32Array;
    all.push(previous.map((state) => (state >>> 8) ^ at(first, state)));
  }
  return all as unknown as Tables;
}
