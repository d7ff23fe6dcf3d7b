// X.509 as SwarmKit issues it: ECDSA P-256 keys, certificates equal in structure to Go's
// (reference: SwarmKit's ca/certificates.go). node-forge builds the structures, node:crypto signs.
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import {
  type Asn1,
  bitString,
  boolean,
  childrenOf,
  contentOf,
  contextTag,
  decodeDer,
  encodeDer,
  fromPem,
  integer,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  set,
  time,
  toPem,
} from "./der.ts";

const hourMs = 3_600_000;
/** SwarmKit's root certificates live 20 years of 365 days. */
const rootValidityMs = 20 * 365 * 24 * hourMs;
/** Leaf certificates start an hour in the past, so that clocks may differ a little. */
const leafBackdateMs = hourMs;
/** Common name of every cluster's root, and the server name for first certificate requests. */
export const rootCommonName = "swarm-ca";

const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
  clientAuthentication: "1.3.6.1.5.5.7.3.2",
} as const;

/** A signing authority: its certificate and private key. */
export interface Authority {
  readonly certificatePem: string;
  readonly key: KeyObject;
}

/** What a node certificate says. */
export interface LeafSubject {
  readonly nodeId: string;
  /** Organizational unit: `swarm-manager` or `swarm-worker`. */
  readonly role: string;
  /** The cluster's id. */
  readonly organization: string;
}

export interface LeafOptions {
  readonly authority: Authority;
  readonly publicKey: KeyObject;
  readonly subject: LeafSubject;
  readonly nowMs: number;
  /** How long the certificate is valid from now, in milliseconds; 90 days by default in SwarmKit. */
  readonly validityMs: number;
}

/** A fresh P-256 private key. */
export function createPrivateKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** A self-signed root as a new cluster makes it. */
export function createRootAuthority(nowMs: number): Authority {
  const key = createPrivateKey();
  const spki = encodePublicKey(key);
  const name = distinguishedName([[oids.commonName, rootCommonName]]);
  const certificate = signCertificate(key, {
    serial: serialNumber(),
    issuer: name,
    subject: name,
    notBeforeMs: nowMs - 5 * 60_000,
    notAfterMs: nowMs + rootValidityMs,
    publicKey: spki,
    extensions: [
      // keyCertSign and cRLSign.
      extension(oids.keyUsage, bitString(Uint8Array.of(0x06), 1), true),
      extension(oids.basicConstraints, sequence(boolean(true)), true),
      extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(spki))),
    ],
  });
  return { certificatePem: toPem("CERTIFICATE", certificate), key };
}

/** A request for a node certificate. The subject is empty: the authority decides it. */
export function createCertificateRequest(key: KeyObject): string {
  const info = sequence(
    integer(Uint8Array.of(0)),
    sequence(),
    decodeDer(encodePublicKey(key)),
    contextTag(0, []),
  );
  return toPem("CERTIFICATE REQUEST", encodeDer(signed(key, info)));
}

/** The key of a request whose signature holds; undefined when it is malformed or forged. */
export function readCertificateRequest(pem: string): KeyObject | undefined {
  const der = fromPem("CERTIFICATE REQUEST", pem);
  if (der === undefined) return undefined;
  try {
    const [info, , signature] = childrenOf(decodeDer(der));
    const spki = childrenOf(info)[2];
    if (info === undefined || spki === undefined) return undefined;
    const publicKey = createPublicKey({
      key: Buffer.from(encodeDer(spki)),
      format: "der",
      type: "spki",
    });
    // The first byte of a bit string counts its unused bits.
    const bytes = contentOf(signature).subarray(1);
    if (!isStrong(publicKey)) return undefined;
    const isGenuine = verify(
      "sha256",
      encodeDer(info),
      { key: publicKey, dsaEncoding: "der" },
      bytes,
    );
    return isGenuine ? publicKey : undefined;
  } catch {
    // Whatever is wrong with a stranger's bytes, the answer is the same: not a request.
    return undefined;
  }
}

/** Named curves of a request's key: those whose certificates Go's TLS takes. */
const curves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
/** Larger keys only cost time, and it is a stranger's request. */
const rsaBitsMin = 2048;
const rsaBitsMax = 8192;

/** Whether the other nodes would accept a certificate for this key. */
function isStrong({ asymmetricKeyType, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  const { namedCurve = "", modulusLength = 0 } = details;
  if (asymmetricKeyType === "ec") return curves.has(namedCurve);
  return asymmetricKeyType === "rsa" && modulusLength >= rsaBitsMin && modulusLength <= rsaBitsMax;
}

/** Issues a node certificate, PEM. */
export function issueLeaf(options: LeafOptions): string {
  const { authority, publicKey, subject, nowMs, validityMs } = options;
  const { nodeId, role, organization } = subject;
  const [issuerName, authoritySpki] = readAuthority(authority.certificatePem);
  const spki = encodePublicKey(publicKey);
  const names = [role, nodeId, ...(role === "swarm-manager" ? [rootCommonName] : [])];
  const certificate = signCertificate(authority.key, {
    serial: serialNumber(),
    issuer: issuerName,
    subject: distinguishedName([
      [oids.organization, organization],
      [oids.organizationalUnit, role],
      [oids.commonName, nodeId],
    ]),
    notBeforeMs: nowMs - leafBackdateMs,
    notAfterMs: nowMs + validityMs,
    publicKey: spki,
    extensions: [
      // digitalSignature and keyEncipherment.
      extension(oids.keyUsage, bitString(Uint8Array.of(0xa0), 5), true),
      extension(
        oids.extendedKeyUsage,
        sequence(
          objectIdentifier(oids.serverAuthentication),
          objectIdentifier(oids.clientAuthentication),
        ),
      ),
      extension(oids.basicConstraints, sequence(), true),
      extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(spki))),
      extension(oids.authorityKeyIdentifier, sequence(contextTag(0, keyIdentifier(authoritySpki)))),
      extension(
        oids.subjectAlternativeName,
        sequence(...names.map((name) => contextTag(2, Buffer.from(name, "ascii")))),
      ),
    ],
  });
  return toPem("CERTIFICATE", certificate);
}

/** A certificate's subject name and public key (both DER), as a node reports its issuer with. */
export function readSubject(certificatePem: string): { name: Uint8Array; publicKey: Uint8Array } {
  const [name, publicKey] = readAuthority(certificatePem);
  return { name: encodeDer(name), publicKey };
}

interface CertificateFields {
  readonly serial: Uint8Array;
  readonly issuer: Asn1;
  readonly subject: Asn1;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Asn1[];
}

function signCertificate(key: KeyObject, fields: CertificateFields): Uint8Array {
  const version3 = contextTag(0, [integer(Uint8Array.of(2))]);
  const toBeSigned = sequence(
    version3,
    integer(fields.serial),
    sequence(objectIdentifier(oids.ecdsaWithSha256)),
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    decodeDer(fields.publicKey),
    contextTag(3, [sequence(...fields.extensions)]),
  );
  return encodeDer(signed(key, toBeSigned));
}

/** The common shape of certificates and requests: content, algorithm, signature. */
function signed(key: KeyObject, content: Asn1): Asn1 {
  const signature = sign("sha256", encodeDer(content), { key, dsaEncoding: "der" });
  return sequence(content, sequence(objectIdentifier(oids.ecdsaWithSha256)), bitString(signature));
}

function extension(oid: string, value: Asn1, isCritical = false): Asn1 {
  const content = octetString(encodeDer(value));
  return isCritical
    ? sequence(objectIdentifier(oid), boolean(true), content)
    : sequence(objectIdentifier(oid), content);
}

function distinguishedName(parts: readonly (readonly [string, string])[]): Asn1 {
  return sequence(
    ...parts.map(([oid, text]) => set(sequence(objectIdentifier(oid), printableString(text)))),
  );
}

/** Subject name and SubjectPublicKeyInfo of a certificate, as they stand in it. */
function readAuthority(certificatePem: string): readonly [Asn1, Uint8Array] {
  const der = fromPem("CERTIFICATE", certificatePem);
  if (der === undefined) throw new Error("no certificate in the PEM text");
  const fields = childrenOf(childrenOf(decodeDer(der))[0]);
  const [subject, spki] = [fields[5], fields[6]];
  if (subject === undefined || spki === undefined) throw new Error("not an X.509 v3 certificate");
  return [subject, encodeDer(spki)];
}

function encodePublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1). */
function keyIdentifier(spki: Uint8Array): Uint8Array {
  const bits = contentOf(childrenOf(decodeDer(spki))[1]).subarray(1);
  return createHash("sha1").update(bits).digest();
}

/** 20 random bytes; the top bit is clear so that the number is positive. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(20);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes;
}
