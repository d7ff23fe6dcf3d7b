// As much of HPACK (RFC 7541) as it takes to rewrite one header's value in a compressed block without
// disturbing the rest: the walk over its representations, and strings with their Huffman code.

/** A header block is malformed: the connection cannot be understood any more. */
export class HpackError extends Error {
  override readonly name = "HpackError";
}

/** Bits of each symbol's code, 0 to 255 and the end of string (RFC 7541 appendix B). */
const codeLengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const endOfString = 256;

/** Symbols by code length, then code: the code is canonical, so the lengths say it all. */
const symbols: ReadonlyMap<number, number> = new Map(listCodes());

function listCodes(): readonly (readonly [number, number])[] {
  const order = codeLengths.map((length, symbol) => ({ length, symbol }));
  order.sort((left, right) => left.length - right.length || left.symbol - right.symbol);
  let code = 0;
  let lengthBefore = order[0]?.length ?? 0;
  return order.map(({ length, symbol }, position) => {
    if (position > 0) code = (code + 1) * 2 ** (length - lengthBefore);
    lengthBefore = length;
    return [codeKey(length, code), symbol];
  });
}

/** A prefix of `length` bits as one number: a leading one keeps the zeros apart. */
function codeKey(length: number, code: number): number {
  return 2 ** length + code;
}

/** Decodes a Huffman-coded string. */
export function decodeHuffman(bytes: Uint8Array): Uint8Array {
  const decoded: number[] = [];
  let key = 1;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      key = key * 2 + ((byte >> bit) & 1);
      const symbol = symbols.get(key);
      if (symbol === undefined) {
        if (key >= 2 ** 31) throw new HpackError("no Huffman code starts like this");
        continue;
      }
      if (symbol === endOfString) throw new HpackError("a Huffman string holds its end");
      decoded.push(symbol);
      key = 1;
    }
  }
  // What is left over must be padding: fewer than 8 one-bits.
  if (key >= 2 ** 8 || !/^1+$/.test(key.toString(2))) throw new HpackError("bad Huffman padding");
  return Uint8Array.from(decoded);
}

/** Index of `:authority` in the static table. */
const authorityIndex = 1;

/**
 * Replaces the value of every literal `:authority` in a header block by `rewrite(value)`, which must
 * be as long as the value: so both ends' dynamic tables stay alike in size, and later references to
 * the entry stay right.
 */
export function rewriteAuthority(
  block: Uint8Array,
  rewrite: (value: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  while (offset < block.length) {
    const begin = offset;
    const first = block[offset] ?? 0;
    const prefixBits = prefixBitsOf(first);
    const index = readInteger(block, offset, prefixBits);
    offset = index.end;
    if (isIndexed(first) || isSizeUpdate(first)) {
      parts.push(block.subarray(begin, offset));
      continue;
    }
    if (index.value === 0) offset = readString(block, offset).end;
    const valueBegin = offset;
    const value = readString(block, offset);
    offset = value.end;
    if (index.value !== authorityIndex) {
      parts.push(block.subarray(begin, offset));
      continue;
    }
    const text = value.isHuffman ? decodeHuffman(value.bytes) : value.bytes;
    const replacement = rewrite(text);
    if (replacement.length !== text.length) throw new HpackError("a rewrite changed the length");
    parts.push(
      block.subarray(begin, valueBegin),
      encodeInteger(replacement.length, 7),
      replacement,
    );
  }
  return Buffer.concat(parts);
}

function isIndexed(first: number): boolean {
  return (first & 0x80) !== 0;
}

function isSizeUpdate(first: number): boolean {
  return (first & 0xe0) === 0x20;
}

/** How many bits of the first byte belong to its integer (RFC 7541 §6). */
function prefixBitsOf(first: number): number {
  if (isIndexed(first)) return 7;
  if ((first & 0x40) !== 0) return 6;
  return isSizeUpdate(first) ? 5 : 4;
}

function readInteger(
  block: Uint8Array,
  offset: number,
  prefixBits: number,
): { readonly value: number; readonly end: number } {
  const mask = 2 ** prefixBits - 1;
  let value = byteAt(block, offset) & mask;
  let end = offset + 1;
  if (value < mask) return { value, end };
  for (let shift = 0; ; shift += 7) {
    if (shift > 28) throw new HpackError("an integer is too large");
    const byte = byteAt(block, end);
    end += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return { value, end };
  }
}

function encodeInteger(value: number, prefixBits: number): Uint8Array {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) return Uint8Array.of(value);
  const bytes = [mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function readString(
  block: Uint8Array,
  offset: number,
): { readonly bytes: Uint8Array; readonly isHuffman: boolean; readonly end: number } {
  const isHuffman = (byteAt(block, offset) & 0x80) !== 0;
  const length = readInteger(block, offset, 7);
  const end = length.end + length.value;
  if (end > block.length) throw new HpackError("a string reaches beyond its block");
  return { bytes: block.subarray(length.end, end), isHuffman, end };
}

function byteAt(block: Uint8Array, offset: number): number {
  const byte = block[offset];
  if (byte === undefined) throw new HpackError("a header block ends too early");
  return byte;
}
