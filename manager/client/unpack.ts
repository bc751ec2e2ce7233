// Unpacks an image into a snapshotter, driven from here: a snapshot for each layer, named by its chain id, each on top of the one
// below. The daemon only applies layers, so this works with every containerd from 1.6 on.
// Always true: a layer that is there is not applied again, and two who unpack the same image both succeed. What a failed attempt
// has prepared is removed, or goes with its lease.
import { createHash, randomUUID } from "node:crypto";
import { Code, HawserError, hasCode } from "../../proto/errors.ts";
import { Diff } from "../../proto/gen/diff.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import type { OciDescriptor } from "../images/oci-document.ts";
import type { CallOptions } from "./connection.ts";
import { Content } from "./content.ts";
import { underLease } from "./leases.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";

/** What is to be unpacked. */
export interface UnpackSource {
  readonly config: OciDescriptor;
  /** The lowest first; as many as diff ids. */
  readonly layers: readonly OciDescriptor[];
  /** Digests of the layers without their compression. */
  readonly diffIds: readonly string[];
}

/** How to unpack. */
export interface UnpackOptions extends CallOptions {
  /** Default: what the namespace says, else `overlayfs`. */
  readonly snapshotter?: string | undefined;
  /** Told before each layer that is applied: its number from 0, and of how many. */
  readonly onLayer?: ((at: number, count: number) => void) | undefined;
}

/** A layer can be large and a disk slow; what hangs is ended by the signal. */
const APPLY_TIMEOUT_MS = 30 * 60 * 1000;

/** The names of the snapshots, the lowest first. Pure. */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : sha256(`${below} ${diffId}`));
  }
  return chain;
}

/** Unpacks what is not there yet. Returns the name of the topmost snapshot; empty for an image without layers. */
export async function unpack(
  session: Session,
  source: UnpackSource,
  snapshotter: string,
  options: UnpackOptions,
): Promise<string> {
  const { layers, diffIds, config } = source;
  if (layers.length !== diffIds.length) {
    const counts = `${layers.length} layers and ${diffIds.length} diff ids`;
    throw new HawserError(Code.InvalidArgument, `unpack image "${config.digest}": it has ${counts}`);
  }
  const chain = chainIds(diffIds);
  const top = chain.at(-1) ?? "";
  // The usual case, in two questions: it was unpacked before, and its configuration keeps it.
  if (top !== "" && (await isKept(session, snapshotter, top, config.digest, options))) return top;
  return await underLease(session, options, async (leased) => {
    const work = new Unpacking(leased, new Snapshots(leased, snapshotter), options);
    for (const [at, layer] of layers.entries()) {
      const place = { layer, diffId: diffIds[at] ?? "", name: chain[at] ?? "", parent: chain[at - 1] ?? "" };
      if (await work.has(place.name)) continue;
      options.onLayer?.(at, layers.length);
      await work.apply(place);
    }
    // As long as the configuration is there, so is what was unpacked.
    if (top !== "") await work.keep(config.digest, top);
    return top;
  });
}

async function isKept(
  session: Session,
  snapshotter: string,
  top: string,
  config: string,
  { signal }: CallOptions,
): Promise<boolean> {
  const [isThere, { labels }] = await Promise.all([
    new Snapshots(session, snapshotter).has(top, { signal }),
    new Content(session).info(config, { signal }),
  ]);
  return isThere && labels[keepLabel(snapshotter)] === top;
}

function keepLabel(snapshotter: string): string {
  return `containerd.io/gc.ref.snapshot.${snapshotter}`;
}

interface Place {
  readonly layer: OciDescriptor;
  readonly diffId: string;
  readonly name: string;
  readonly parent: string;
}

class Unpacking {
  readonly #session: Session;
  readonly #snapshots: Snapshots;
  readonly #options: CallOptions;

  constructor(session: Session, snapshots: Snapshots, { signal }: UnpackOptions) {
    this.#session = session;
    this.#snapshots = snapshots;
    this.#options = { signal };
  }

  has(name: string): Promise<boolean> {
    return this.#snapshots.has(name, this.#options);
  }

  async apply({ layer, diffId, name, parent }: Place): Promise<void> {
    const key = `extract-${randomUUID()} ${name}`;
    const labels = { "containerd.io/snapshot.ref": name };
    const mounts = await this.#prepare(key, parent, name, labels);
    if (mounts === undefined) return;
    try {
      await this.#applyTo(mounts, layer, diffId);
      await this.#snapshots.commit(name, key, { labels, ...this.#options });
    } catch (error) {
      // On its own clock: whoever gave up still wants it gone.
      await this.#snapshots.remove(key).catch(() => undefined);
      // Somebody else was quicker with the same layer.
      if (!hasCode(error, Code.AlreadyExists))
        throw HawserError.from(error).wrap(`unpack layer "${layer.digest}"`);
    }
    await new Content(this.#session).label(
      layer.digest,
      { "containerd.io/uncompressed": diffId },
      this.#options,
    );
  }

  async keep(config: string, name: string): Promise<void> {
    const labels = { [keepLabel(this.#snapshots.snapshotter)]: name };
    await new Content(this.#session).label(config, labels, this.#options);
  }

  // A snapshotter may know the layer already and say so here; then nothing is to be applied.
  async #prepare(key: string, parent: string, name: string, labels: Record<string, string>) {
    try {
      return await this.#snapshots.prepare(key, parent, { labels, ...this.#options });
    } catch (error) {
      if (hasCode(error, Code.AlreadyExists) && (await this.has(name))) return undefined;
      throw error;
    }
  }

  async #applyTo(mounts: Mount[], layer: OciDescriptor, diffId: string): Promise<void> {
    const { mediaType, digest, size, annotations } = layer;
    const request = { diff: { mediaType, digest, size, annotations }, mounts };
    const options = { ...this.#options, timeoutMs: APPLY_TIMEOUT_MS };
    const { applied } = await this.#session.service(Diff).apply(request, options);
    if (applied?.digest === diffId) return;
    const reason = `it unpacks to "${applied?.digest}", the configuration says "${diffId}"`;
    throw new HawserError(Code.DataLoss, reason);
  }
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
