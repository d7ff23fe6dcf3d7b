// Short words for the ASN.1 structures that certificates are made of, over node-forge.
import forge from "node-forge";

declare module "node-forge" {
  namespace asn1 {
    /** The library takes options, which its published types leave out. */
    function fromDer(
      bytes: Bytes,
      options: { readonly strict: boolean; readonly decodeBitStrings: boolean },
    ): Asn1;
  }
}

const { asn1 } = forge;
const { Class, Type } = asn1;

/** A node of an ASN.1 tree. */
export type Asn1 = forge.asn1.Asn1;

export function sequence(...items: readonly Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [...items]);
}

export function set(...items: readonly Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, [...items]);
}

export function objectIdentifier(dotted: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());
}

/** A positive integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Asn1 {
  const first = bytes.findIndex((byte) => byte !== 0);
  const minimal = first === -1 ? Uint8Array.of(0) : bytes.subarray(first);
  const isNegative = (minimal[0] ?? 0) >= 0x80;
  const content = isNegative ? Uint8Array.of(0, ...minimal) : minimal;
  return asn1.create(Class.UNIVERSAL, Type.INTEGER, false, toBinary(content));
}

export function boolean(value: boolean): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.BOOLEAN, false, value ? "\xff" : "\x00");
}

export function octetString(bytes: Uint8Array): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, toBinary(bytes));
}

/** Bits in whole bytes, of which the last `unusedBits` do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Asn1 {
  const content = String.fromCharCode(unusedBits) + toBinary(bytes);
  return asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, content);
}

export function printableString(text: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.PRINTABLESTRING, false, text);
}

/** `[number]` of the context; `content` is raw bytes, or nested nodes when constructed. */
export function contextTag(number: number, content: Uint8Array | readonly Asn1[]): Asn1 {
  const isPrimitive = content instanceof Uint8Array;
  const value = isPrimitive ? toBinary(content) : [...content];
  return asn1.create(Class.CONTEXT_SPECIFIC, number, !isPrimitive, value);
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5); whole seconds. */
export function time(instantMs: number): Asn1 {
  const date = new Date(Math.floor(instantMs / 1000) * 1000);
  return date.getUTCFullYear() < 2050
    ? asn1.create(Class.UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(Class.UNIVERSAL, Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
}

/** Parses exactly one DER structure; throws on anything else. */
export function decodeDer(der: Uint8Array): Asn1 {
  // Left as bytes, a bit string that happens to hold DER (a key, a signature) stays a bit string.
  return asn1.fromDer(toBinary(der), { decodeBitStrings: false, strict: true });
}

export function encodeDer(node: Asn1): Uint8Array {
  return Buffer.from(asn1.toDer(node).getBytes(), "latin1");
}

/** The parts of a constructed node; throws when it is not one. */
export function childrenOf(node: Asn1 | undefined): readonly Asn1[] {
  if (node === undefined || !Array.isArray(node.value)) throw new Error("not a constructed value");
  return node.value;
}

/** The raw content of a primitive node; throws when it is not one. */
export function contentOf(node: Asn1 | undefined): Uint8Array {
  if (node === undefined || typeof node.value !== "string")
    throw new Error("not a primitive value");
  return Buffer.from(node.value, "latin1");
}

/** Wraps DER in PEM, 64 columns, with a final newline as Go writes it. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** DER of the first PEM block with this label; undefined when there is none. */
export function fromPem(label: string, pem: string): Uint8Array | undefined {
  const pattern = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`);
  const body = pattern.exec(pem)?.[1];
  return body === undefined ? undefined : Buffer.from(body.replace(/\s/g, ""), "base64");
}

function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
