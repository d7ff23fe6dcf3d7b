/**
 * The node's private key as SwarmKit keeps it: a PEM block whose headers hold the data encryption key and
 * the version of the key that encrypts it. OpenSSL refuses PEM headers on a PKCS#8 key, so the file is
 * handled as text here; what it says is read by node-keys.ts.
 */
import { SwarmdError } from "../errors.ts";
import { atomicWrite, readFileIfAny } from "./atomic-file.ts";

/** A key file's parts. */
export interface KeyFile {
  /** Of the PEM block: "PRIVATE KEY", or "ENCRYPTED PRIVATE KEY" on a locked node. */
  readonly label: string;
  /** All headers, also those that are not understood: they are written back. */
  readonly headers: Readonly<Record<string, string>>;
  /** The base64 lines. */
  readonly body: string;
}

/** Names of the headers in use. */
export const keyHeaders = {
  dataKey: "raft-dek",
  pendingDataKey: "raft-dek-pending",
  dataKeyNeedsRotation: "raft-dek-needs-rotation",
  keyVersion: "kek-version",
} as const;

/** Only the owner may read a key. */
const keyFileMode = 0o600;

/** Reads a key file; undefined when there is none. Rejects with `key-file-invalid`. */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const bytes = await readFileIfAny(path);
  if (bytes === undefined) return undefined;
  return parseKeyFile(Buffer.from(bytes).toString("latin1"), path);
}

/** Replaces a key file. */
export async function writeKeyFile(path: string, keyFile: KeyFile): Promise<void> {
  await atomicWrite(path, formatKeyFile(keyFile), keyFileMode);
}

/** The first PEM block of `text`; `path` is for the error. Throws `key-file-invalid`. */
export function parseKeyFile(text: string, path: string): KeyFile {
  const parts = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/.exec(text);
  if (parts === null) throw invalid(path, "it holds no PEM block");
  const lines = (parts[2] as string).split(/\r?\n/);
  const headers: Record<string, string> = {};
  const body: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
    else if (line.trim() !== "") body.push(line.trim());
  }
  if (body.length === 0) throw invalid(path, "its PEM block is empty");
  return { label: parts[1] as string, headers, body: body.join("\n") };
}

/** The file's text, its headers in the order that Go writes: Proc-Type, then by name. */
export function formatKeyFile(keyFile: KeyFile): string {
  const { body, headers, label } = keyFile;
  const rank = (name: string): string => (name === "Proc-Type" ? "" : name);
  const names = Object.keys(headers).sort((left, right) => (rank(left) < rank(right) ? -1 : 1));
  const lines = names.map((name) => `${name}: ${headers[name]}\n`);
  const separator = lines.length === 0 ? "" : "\n";
  return `-----BEGIN ${label}-----\n${lines.join("")}${separator}${body}\n-----END ${label}-----\n`;
}

/** The file with some headers changed; an undefined value removes one. */
export function withHeaders(
  keyFile: KeyFile,
  changes: Readonly<Record<string, string | undefined>>,
): KeyFile {
  const merged = Object.entries({ ...keyFile.headers, ...changes });
  const kept = merged.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...keyFile, headers: Object.fromEntries(kept) };
}

function invalid(path: string, what: string): SwarmdError {
  return new SwarmdError(
    "key-file-invalid",
    `the key file ${path} is damaged: ${what}; restore it from a backup, ` +
      "or remove the node from the swarm and join it again with an empty state directory",
  );
}
