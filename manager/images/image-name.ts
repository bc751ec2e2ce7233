// Names of images: between Docker's short form (`alpine`) and the full one (`docker.io/library/alpine:latest`), and what an
// archive's annotations say an image is called. Grammar and rules are those of Docker's distribution. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { parseDigest } from "./digest.ts";

/** The full name of an image, on an entry of an index. */
export const IMAGE_NAME_ANNOTATION = "io.containerd.image.name";
/** The tag of an image, on an entry of an index. */
export const REF_NAME_ANNOTATION = "org.opencontainers.image.ref.name";

const DEFAULT_DOMAIN = "docker.io";
const OFFICIAL = "library/";
const MAX_NAME_LENGTH = 255;
const DOMAIN = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

interface Name {
  readonly domain: string;
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
}

/** The full form of a name in any form, with a tag or a digest, never both. Throws InvalidArgument. */
export function normalizeName(name: string): string {
  const { domain, path, tag, digest } = parseName(name);
  return digest === "" ? `${domain}/${path}:${tag || "latest"}` : `${domain}/${path}@${digest}`;
}

/** The form in which people know a name: `docker.io/library/alpine:latest` is `alpine:latest`. Throws InvalidArgument. */
export function familiarName(name: string): string {
  const { domain, path, tag, digest } = parseName(name);
  const shown = domain === DEFAULT_DOMAIN ? path.replace(/^library\/(?=[^/]+$)/, "") : `${domain}/${path}`;
  if (digest !== "") return `${shown}${tag && `:${tag}`}@${digest}`;
  return `${shown}:${tag || "latest"}`;
}

/** What OCI calls the name of a reference: the tag alone, or the digest with its "@"; a name without a host as it is. */
export function refNameOf(name: string): string {
  const slash = name.indexOf("/");
  if (slash <= 0) return name;
  const rest = name.slice(slash);
  const at = rest.search(/[:@]/);
  if (at < 0) return "";
  return rest[at] === ":" ? rest.slice(at + 1) : rest.slice(at);
}

/** Which names an archive's annotations give under a prefix. */
export interface PrefixRule {
  readonly prefix: string;
  /** Whether full names without the prefix are taken, too. */
  readonly allowsOthers: boolean;
}

/** The name that annotations give an image; undefined for none that the rule allows. Without a rule all are allowed. */
export function annotatedName(
  annotations: Readonly<Record<string, string>>,
  rule?: PrefixRule,
): string | undefined {
  const full = annotations[IMAGE_NAME_ANNOTATION] ?? "";
  // A full name is taken as it is or not at all.
  if (full !== "") return rule === undefined || underPrefix(full, rule) === full ? full : undefined;
  const tag = annotations[REF_NAME_ANNOTATION] ?? "";
  if (tag === "") return undefined;
  return rule === undefined ? tag : underPrefix(tag, rule);
}

function underPrefix(name: string, { prefix, allowsOthers }: PrefixRule): string | undefined {
  if (prefix === "") return undefined;
  if (!/[/:@]/.test(name)) return `${prefix}:${name}`;
  if (allowsOthers || hasPrefix(name, prefix)) return name;
  // The prefix may be the short form of the last component.
  return hasPrefix(name.slice(name.lastIndexOf("/") + 1), prefix) ? name : undefined;
}

// Whole components only: "example" is no prefix of "examples/app".
function hasPrefix(name: string, prefix: string): boolean {
  return (
    name.startsWith(prefix) && (name.length === prefix.length || "/:@".includes(name.charAt(prefix.length)))
  );
}

function parseName(name: string): Name {
  if (/^[0-9a-f]{64}$/.test(name)) throw flaw(name, "64 hexadecimal digits are an id, not a name");
  const [rest = "", digest = "", more] = name.split("@");
  if (more !== undefined) throw flaw(name, `it has more than one "@"`);
  if (name.includes("@")) parseDigest(digest);
  const { domain, remainder } = splitDomain(rest);
  const colon = remainder.lastIndexOf(":");
  const path = colon < 0 ? remainder : remainder.slice(0, colon);
  const tag = colon < 0 ? "" : remainder.slice(colon + 1);
  if (!DOMAIN.test(domain)) throw flaw(name, `"${domain}" is no host`);
  const wrong = path.split("/").find((component) => !COMPONENT.test(component));
  if (wrong !== undefined)
    throw flaw(name, `"${wrong}" is not lower-case letters, digits and single separators`);
  if (colon >= 0 && !TAG.test(tag)) throw flaw(name, `"${tag}" is no tag`);
  if (domain.length + 1 + path.length > MAX_NAME_LENGTH)
    throw flaw(name, `it is longer than ${MAX_NAME_LENGTH}`);
  return { domain, path, tag, digest };
}

// The first component is a host when it could not be anything else.
function splitDomain(name: string): { domain: string; remainder: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, slash);
  if (slash < 0 || (!/[.:]/.test(first) && first !== "localhost" && first === first.toLowerCase())) {
    return { domain: DEFAULT_DOMAIN, remainder: name.includes("/") ? name : OFFICIAL + name };
  }
  const domain = first === "index.docker.io" ? DEFAULT_DOMAIN : first;
  const rest = name.slice(slash + 1);
  return { domain, remainder: domain === DEFAULT_DOMAIN && !rest.includes("/") ? OFFICIAL + rest : rest };
}

function flaw(name: string, reason: string): HawserError {
  const shown = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  return new HawserError(Code.InvalidArgument, `check image name ${JSON.stringify(shown)}: ${reason}`);
}
