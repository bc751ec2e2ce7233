// What an image says about the process that is run from it, read with care: it comes from strangers. Pure.
import { list, object, parseConfig, parseJson, text } from "../images/oci-document.ts";

/** The part of an image's configuration that a container is made from. */
export interface ImageConfig {
  /** Digests of the uncompressed layers, the lowest first. */
  readonly diffIds: readonly string[];
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Empty when the image does not say. */
  readonly workingDir: string;
  /** As in `USER`: `user[:group]`, names or numbers; empty for root. */
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Empty for SIGTERM. */
  readonly stopSignal: string;
}

/** Reads a configuration; `what` names it in errors. Throws InvalidArgument. */
export function readImageConfig(bytes: Uint8Array, what: string): ImageConfig {
  const { diffIds } = parseConfig(bytes, what);
  const json = object(parseJson(bytes, what), what);
  const config = json["config"] == null ? {} : object(json["config"], `${what}: config`);
  const one = (field: string) => text(config[field] ?? "", `${what}: ${field}`);
  const many = (field: string) =>
    list(config[field] ?? [], what, field).map((item) => text(item, `${what}: ${field}`));
  const labels = config["Labels"] == null ? {} : object(config["Labels"], `${what}: Labels`);
  return {
    diffIds,
    env: many("Env"),
    entrypoint: many("Entrypoint"),
    cmd: many("Cmd"),
    workingDir: one("WorkingDir"),
    user: one("User"),
    labels: Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [key, text(value, `${what}: label "${key}"`)]),
    ),
    stopSignal: one("StopSignal"),
  };
}
