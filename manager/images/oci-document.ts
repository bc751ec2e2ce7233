// The JSON documents of images: index, manifest, configuration. Read with care, since they come from strangers: bounded, each
// field checked before anybody trusts it, and what could be read as two kinds of document is refused (CVE-2021-41190). Fields
// that are not known here are left alone. Pure.
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { parseDigest } from "./digest.ts";

/** More than any document of an image has, and little enough to be read at once. Bytes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** The most entries of a list in a document. */
const MAX_ENTRIES = 10_000;

/** A descriptor as documents have it: with a platform, in an index. */
export interface OciDescriptor extends Descriptor {
  readonly platform?: Platform | undefined;
}

/** What an index lists. */
export interface OciIndex {
  readonly manifests: readonly OciDescriptor[];
}

/** What an image is made of. */
export interface OciManifest {
  readonly config: OciDescriptor;
  /** The lowest first. */
  readonly layers: readonly OciDescriptor[];
}

/** What is read of a configuration. */
export interface OciConfig {
  readonly platform: Platform;
  /** Digests of the uncompressed layers, the lowest first. */
  readonly diffIds: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads an index. `what` names it in errors: `index "sha256:…"`. Throws InvalidArgument. */
export function parseIndex(bytes: Uint8Array, what: string): OciIndex {
  const json = parseObject(bytes, what);
  if ("layers" in json || "config" in json || "fsLayers" in json)
    throw flaw(what, "it is a manifest as well");
  return {
    manifests: list(json["manifests"] ?? [], what, "manifests").map((item, at) =>
      descriptor(item, `${what}: manifest ${at}`),
    ),
  };
}

/** Reads a manifest. `what` names it in errors. Throws InvalidArgument. */
export function parseManifest(bytes: Uint8Array, what: string): OciManifest {
  const json = parseObject(bytes, what);
  if ("manifests" in json) throw flaw(what, "it is an index as well");
  if ("fsLayers" in json || json["schemaVersion"] === 1) {
    throw flaw(
      what,
      "it has schema version 1, which is not supported; save the image again with a newer program",
    );
  }
  return {
    config: descriptor(json["config"], `${what}: config`),
    layers: list(json["layers"] ?? [], what, "layers").map((item, at) =>
      descriptor(item, `${what}: layer ${at}`),
    ),
  };
}

/** Reads a configuration. `what` names it in errors. Throws InvalidArgument. */
export function parseConfig(bytes: Uint8Array, what: string): OciConfig {
  const json = parseObject(bytes, what);
  const rootfs = json["rootfs"] === undefined ? {} : object(json["rootfs"], `${what}: rootfs`);
  const diffIds = list(rootfs["diff_ids"] ?? [], what, "diff_ids").map((item) => {
    const digest = text(item, `${what}: diff_ids`);
    parseDigest(digest);
    return digest;
  });
  return { platform: platform(json, what), diffIds };
}

/** Reads any JSON. Throws InvalidArgument that names `what` when it is none, or more than a document may have. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw flaw(what, `it has ${bytes.length} bytes, a document has at most ${MAX_DOCUMENT_BYTES}`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (caught) {
    throw flaw(what, `it is not JSON: ${messageOf(caught)}`, caught);
  }
}

/** A list, checked to be one and not too long. Throws InvalidArgument. */
export function list(value: unknown, what: string, field: string): readonly unknown[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw flaw(what, `${field} is not a list`);
  if (value.length > MAX_ENTRIES)
    throw flaw(what, `${field} has ${value.length} entries, at most ${MAX_ENTRIES}`);
  return value;
}

/** An object, checked to be one. Throws InvalidArgument. */
export function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw flaw(what, value === undefined ? "it is missing" : "it is not an object");
}

/** A string, checked to be one. Throws InvalidArgument. */
export function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw flaw(what, value === undefined ? "it is missing" : "it is not a string");
}

/** A descriptor, as documents spell it. */
export function descriptorJson({ mediaType, digest, size, annotations, platform: has }: OciDescriptor): Json {
  return {
    mediaType,
    digest,
    size: Number(size),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(has !== undefined && { platform: platformJson(has) }),
  };
}

function platformJson({ os, architecture, variant, osVersion, osFeatures }: Platform): Json {
  return {
    architecture,
    os,
    ...(osVersion !== "" && { "os.version": osVersion }),
    ...(osFeatures.length > 0 && { "os.features": osFeatures }),
    ...(variant !== "" && { variant }),
  };
}

function parseObject(bytes: Uint8Array, what: string): Json {
  return object(parseJson(bytes, what), what);
}

function descriptor(value: unknown, what: string): OciDescriptor {
  const json = object(value, what);
  const digest = text(json["digest"], `${what}: digest`);
  parseDigest(digest);
  const size = json["size"];
  if (!Number.isSafeInteger(size) || Number(size) < 0)
    throw flaw(what, `its size is ${JSON.stringify(size)}`);
  return {
    mediaType: text(json["mediaType"] ?? "", `${what}: mediaType`),
    digest,
    size: BigInt(Number(size)),
    annotations: annotations(json["annotations"], what),
    ...(json["platform"] != null && {
      platform: platform(object(json["platform"], `${what}: platform`), what),
    }),
  };
}

function platform(json: Json, what: string): Platform {
  const field = (name: string) => text(json[name] ?? "", `${what}: ${name}`);
  return {
    os: field("os"),
    architecture: field("architecture"),
    variant: field("variant"),
    osVersion: field("os.version"),
    osFeatures: list(json["os.features"] ?? [], what, "os.features").map((item) =>
      text(item, `${what}: os.features`),
    ),
  };
}

function annotations(value: unknown, what: string): Record<string, string> {
  const map: Record<string, string> = Object.create(null);
  if (value === undefined || value === null) return map;
  for (const [key, item] of Object.entries(object(value, `${what}: annotations`))) {
    map[key] = text(item, `${what}: annotation "${key}"`);
  }
  return map;
}

/** An error about an archive or a document as such. */
export function invalid(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, reason);
}

function flaw(what: string, reason: string, cause?: unknown): HawserError {
  return new HawserError(Code.InvalidArgument, `read ${what}: ${reason}`, { cause });
}
