/**
 * A node's private key under an unlock key, as SwarmKit keeps it: PKCS#8 with PBES2, that is, AES-256-CBC
 * under PBKDF2-HMAC-SHA1 (2048 iterations, a salt of 8 bytes) of the raw 32 bytes. OpenSSL would write
 * another hash, which SwarmKit does not read; so the little DER there is is made here. SHA-1 and so few
 * iterations are no weakness, as the unlock key is random. There is no checksum: whether a key fits is
 * known by the data key's header, which has one.
 */
import { createCipheriv, createPrivateKey, pbkdf2Sync, randomBytes } from "node:crypto";
import { encodeDer, integer, objectIdentifier, octetString, sequence, toPem } from "../tls/der.ts";
import { formatKeyFile, type KeyFile, parseKeyFile } from "./key-file.ts";

const iterations = 2048;
const saltBytes = 8;
const keyBytes = 32;
const blockBytes = 16;

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
const aes256Cbc = "2.16.840.1.101.3.4.1.42";

/** Headers of an encrypted key of the old kind (RFC 1421). */
const legacyHeaders = { type: "Proc-Type", algorithm: "DEK-Info" } as const;

/** Whether the private key itself is encrypted. */
export function isPrivateKeyEncrypted(keyFile: KeyFile): boolean {
  if (keyFile.label.startsWith("ENCRYPTED ")) return true;
  return (keyFile.headers[legacyHeaders.type] ?? "").includes("ENCRYPTED");
}

/** The key file's block, without headers, for a private key; encrypted when there is a key for that. */
export function encodePrivateKey(
  privateKeyPem: string,
  unlockKey: Uint8Array | undefined,
): KeyFile {
  const key = createPrivateKey(privateKeyPem);
  const der = key.export({ type: "pkcs8", format: "der" });
  const pem =
    unlockKey === undefined
      ? toPem("PRIVATE KEY", der)
      : toPem("ENCRYPTED PRIVATE KEY", encrypt(der, unlockKey));
  return parseKeyFile(pem, "of this node");
}

/** The private key in clear, as PKCS#8 PEM; undefined when it does not open. */
export function decodePrivateKey(
  keyFile: KeyFile,
  unlockKey: Uint8Array | undefined,
): string | undefined {
  const { headers } = keyFile;
  const legacy = [legacyHeaders.type, legacyHeaders.algorithm].flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const pem = formatKeyFile({ ...keyFile, headers: Object.fromEntries(legacy) });
  try {
    const passphrase = unlockKey === undefined ? {} : { passphrase: Buffer.from(unlockKey) };
    const key = createPrivateKey({ key: pem, format: "pem", ...passphrase });
    return key.export({ type: "pkcs8", format: "pem" }) as string;
  } catch {
    // OpenSSL's words say nothing to a user, and must not carry parts of a key anywhere.
    return undefined;
  }
}

function encrypt(der: Uint8Array, unlockKey: Uint8Array): Uint8Array {
  const salt = randomBytes(saltBytes);
  const vector = randomBytes(blockBytes);
  const key = pbkdf2Sync(unlockKey, salt, iterations, keyBytes, "sha1");
  const cipher = createCipheriv("aes-256-cbc", key, vector);
  const content = Buffer.concat([cipher.update(der), cipher.final()]);
  const derivation = sequence(
    objectIdentifier(pbkdf2),
    sequence(octetString(salt), integer(Uint8Array.of(iterations >> 8, iterations & 0xff))),
  );
  const scheme = sequence(objectIdentifier(aes256Cbc), octetString(vector));
  const algorithm = sequence(objectIdentifier(pbes2), sequence(derivation, scheme));
  return encodeDer(sequence(algorithm, octetString(content)));
}
