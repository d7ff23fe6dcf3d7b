// Docker's grammar of image references: [DOMAIN/]PATH[:TAG][@DIGEST] (distribution/reference).

/** Characters of a repository's name, its domain included. */
const nameLengthMax = 255;

const domainPattern =
  /^(?:\[[a-fA-F0-9:]+\]|(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*)(?::[0-9]+)?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Hexadecimal digits of the digests that engines know. */
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** True when engines can read the text as an image's name. */
export function isImageReference(text: string): boolean {
  const { name, tag, digest } = split(text);
  if (tag !== undefined && !tagPattern.test(tag)) return false;
  if (digest !== undefined && !isDigest(digest)) return false;
  return isName(name) && !isBareId(text);
}

interface Parts {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function split(text: string): Parts {
  const at = text.indexOf("@");
  const tagged = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  // A colon before the last slash belongs to the domain's port.
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  if (colon < 0) return { name: tagged, tag: undefined, digest };
  return { name: tagged.slice(0, colon), tag: tagged.slice(colon + 1), digest };
}

function isName(name: string): boolean {
  if (name.length > nameLengthMax) return false;
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  if (!isDomain(first)) return name.split("/").every(isComponent);
  if (!domainPattern.test(first)) return false;
  return name
    .slice(slash + 1)
    .split("/")
    .every(isComponent);
}

/** The first part names a registry only when it cannot be a part of a path on Docker's own. */
function isDomain(first: string): boolean {
  return /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
}

function isComponent(component: string): boolean {
  return componentPattern.test(component);
}

/** An image's id would be taken for its name. */
function isBareId(text: string): boolean {
  return /^[a-f0-9]{64}$/.test(text);
}

function isDigest(digest: string): boolean {
  const [algorithm = "", hex = "", ...rest] = digest.split(":");
  return rest.length === 0 && digestLengths[algorithm] === hex.length && /^[a-f0-9]+$/.test(hex);
}
