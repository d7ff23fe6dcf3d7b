// Images made on the spot, where no registry can be reached: a tar is packed in memory and imported
// through the engine's own API. The test image is Debian's static busybox and a few files.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { callEngine, requestEngine } from "./engine-api.ts";
import { run } from "./run.ts";

/** A file, folder or link of an image; its path has no leading slash. Everything is root's. */
export type ImageEntry =
  | { readonly type: "file"; readonly path: string; readonly data: Uint8Array; mode?: number }
  | { readonly type: "directory"; readonly path: string; mode?: number }
  | { readonly type: "link"; readonly path: string; readonly target: string };

export interface ImportOptions {
  /** With its tag, as `name:tag`. */
  readonly name: string;
  readonly entries: readonly ImageEntry[];
  /** Dockerfile instructions, as far as `docker import --change` takes them. */
  readonly changes?: readonly string[];
}

const defaultImageName = "swarmkit-test:latest";
/** Holds the digest of what the image was made from; the same again need not be imported again. */
const digestLabel = "swarmkit.source-digest";
const importTimeoutMs = 120_000;
const tarBlockBytes = 512;
/** In the order of preference: Debian's package puts it in the first. */
const busyboxPaths = ["/bin/busybox", "/usr/bin/busybox"];
/** Serves `/www` on $PORT (80); unlike a bare httpd as process 1 it ends at SIGTERM. */
const webScript = `#!/bin/sh
trap 'kill $!; exit 0' TERM INT
httpd -f -p "\${PORT:-80}" -h /www &
wait $!
`;
/** Answers with the container's host name, so that a caller sees who has served it. */
const whoScript = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
hostname
`;

/**
 * Makes sure the engine has the test image, and returns its id. Every name gives an image of its
 * own (`/etc/image` holds the name): `swarmkit-test:2` is for tests that change a service's image.
 * Without a command it serves `/www` over HTTP; any busybox applet will do for one.
 */
export async function ensureTestImage(
  socketPath: string,
  name: string = defaultImageName,
): Promise<string> {
  const { data, applets } = await readBusybox();
  const text = (content: string): Uint8Array => Buffer.from(content);
  const links = applets.map(
    (applet): ImageEntry => ({ type: "link", path: `bin/${applet}`, target: "busybox" }),
  );
  const entries: ImageEntry[] = [
    ...["bin", "dev", "etc", "proc", "root", "run", "sys", "var", "www", "www/cgi-bin"].map(
      (path): ImageEntry => ({ type: "directory", path }),
    ),
    { type: "directory", path: "tmp", mode: 0o1777 },
    { type: "file", path: "bin/busybox", data, mode: 0o755 },
    ...links,
    { type: "file", path: "bin/web", data: text(webScript), mode: 0o755 },
    { type: "file", path: "www/index.html", data: text(`${name}\n`) },
    { type: "file", path: "www/cgi-bin/who", data: text(whoScript), mode: 0o755 },
    { type: "file", path: "etc/image", data: text(`${name}\n`) },
    {
      type: "file",
      path: "etc/passwd",
      data: text("root:x:0:0::/root:/bin/sh\nguest:x:1000:1000::/:\n"),
    },
    { type: "file", path: "etc/group", data: text("root:x:0:\nguest:x:1000:\n") },
  ];
  return await importImage(socketPath, { name, entries, changes: ['CMD ["web"]', "EXPOSE 80"] });
}

/** Imports an image unless the engine has the very same under this name; returns its id. */
export async function importImage(socketPath: string, options: ImportOptions): Promise<string> {
  const { name, entries, changes = [] } = options;
  const tar = packTar(entries);
  const hash = createHash("sha256").update(JSON.stringify(changes));
  for (const chunk of tar) hash.update(chunk);
  const digest = hash.digest("hex");
  const there = await requestEngine(socketPath, { method: "GET", path: `/images/${name}/json` });
  if (there.status === 200) {
    const image = JSON.parse(there.text);
    if (image.Config?.Labels?.[digestLabel] === digest) return String(image.Id);
  }
  const [repository = name, tag = "latest"] = name.split(/:(?=[^/:]*$)/);
  const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
  for (const change of [...changes, `LABEL ${digestLabel}=${digest}`]) {
    query.append("changes", change);
  }
  const progress = await callEngine(socketPath, {
    method: "POST",
    path: `/images/create?${query}`,
    body: tar,
    timeoutMs: importTimeoutMs,
  });
  // The HTTP status is 200 also when the import failed half way: the stream says so.
  return readProgress(progress).id ?? fail(`importing ${name} gave no image: ${progress.trim()}`);
}

/** Reads the JSON lines of an import or a build; throws the error that they may carry. */
export function readProgress(progress: string): { id: string | undefined; output: string } {
  let id: string | undefined;
  let output = "";
  for (const line of progress.split("\n")) {
    if (line.trim() === "") continue;
    const message = JSON.parse(line);
    if (message.error !== undefined) fail(`the engine failed: ${message.error}\n${output}`);
    output += message.stream ?? "";
    if (/^sha256:[0-9a-f]{64}$/.test(message.status ?? "")) id = message.status;
    if (message.aux?.ID !== undefined) id = message.aux.ID;
  }
  return { id, output };
}

/** Packs a tar in the ustar format. The same entries give the same bytes: all times are zero. */
export function packTar(entries: readonly ImageEntry[]): Uint8Array[] {
  const chunks = entries.flatMap((entry) => {
    const data = entry.type === "file" ? entry.data : new Uint8Array();
    const padding = new Uint8Array((tarBlockBytes - (data.length % tarBlockBytes)) % tarBlockBytes);
    return [tarHeader(entry, data.length), data, padding].filter(({ length }) => length > 0);
  });
  return [...chunks, new Uint8Array(2 * tarBlockBytes)];
}

function tarHeader(entry: ImageEntry, sizeBytes: number): Uint8Array {
  const header = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  const kind = {
    file: { flag: "0", mode: 0o644 },
    directory: { flag: "5", mode: 0o755 },
    link: { flag: "2", mode: 0o777 },
  }[entry.type];
  const mode = entry.type === "link" ? kind.mode : (entry.mode ?? kind.mode);
  const path = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.type === "link" ? entry.target : "";
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(target) > 100) {
    fail(`${path} is too long a path for an image`);
  }
  header.write(path, 0);
  header.write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  // The checksum counts its own field as blanks.
  header.write(`${octal(sizeBytes, 11)}\0${octal(0, 11)}\0${" ".repeat(8)}${kind.flag}`, 124);
  header.write(target, 157);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

async function readBusybox(): Promise<{ data: Uint8Array; applets: string[] }> {
  for (const path of busyboxPaths) {
    let data: Buffer;
    try {
      data = readFileSync(path);
    } catch {
      // Not there: the next path may have it.
      continue;
    }
    // A dynamic one would need its libraries in the image.
    if (isDynamic(data)) continue;
    const { stdout } = await run(path, ["--list"]);
    const applets = stdout.split("\n").filter((applet) => applet !== "" && applet !== "busybox");
    return { data, applets };
  }
  return fail("no static busybox to make a test image from: apt-get install busybox-static");
}

/** Whether a 64-bit little-endian ELF program asks for a dynamic loader (PT_INTERP). */
function isDynamic(program: Buffer): boolean {
  const interpreterType = 3;
  const offset = Number(program.readBigUInt64LE(32));
  const sizeBytes = program.readUInt16LE(54);
  const count = program.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) =>
    program.readUInt32LE(offset + index * sizeBytes),
  ).includes(interpreterType);
}

function fail(message: string): never {
  throw new Error(message);
}
