// IP addresses as 128-bit numbers. An IPv4 address is its IPv4-mapped IPv6 form, so that 10.0.0.1 and
// ::ffff:10.0.0.1 are one address, as Go's net.IP holds them.

/** A block of addresses: those which share the first `prefixBits` bits with `base`. */
export interface AddressBlock {
  readonly base: bigint;
  /** 0..128, counted over the 128-bit form. */
  readonly prefixBits: number;
}

const addressBits = 128;
const mappedPrefix = 0xffffn << 32n;
const groupCount = 8;

/** Parses an IPv4 or IPv6 address; undefined when it is neither. Zones are not accepted. */
export function parseAddress(text: string): bigint | undefined {
  return text.includes(":") ? parseVersion6(text) : parseVersion4(text);
}

/** Parses `ADDRESS/BITS`; undefined when it is no such block. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const base = parseAddress(address);
  const bitsText = text.slice(slash + 1);
  if (base === undefined || !/^\d{1,3}$/.test(bitsText)) return undefined;
  const width = address.includes(":") ? addressBits : 32;
  const bits = Number(bitsText);
  return bits > width ? undefined : { base, prefixBits: bits + addressBits - width };
}

/** True when the block holds the address. */
export function blockContains(block: AddressBlock, address: bigint): boolean {
  const shift = BigInt(addressBits - block.prefixBits);
  return block.base >> shift === address >> shift;
}

function parseVersion4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // A leading zero is refused: some read it as octal.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return mappedPrefix | value;
}

function parseVersion6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = groupCount - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`. The address's last part may be dotted: it gives two groups. */
function parseGroups(text: string, isLastSide: boolean): readonly bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [position, part] of parts.entries()) {
    if (isLastSide && part.includes(".") && position === parts.length - 1) {
      const dotted = parseVersion4(part);
      if (dotted === undefined) return undefined;
      groups.push((dotted >> 16n) & 0xffffn, dotted & 0xffffn);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}
