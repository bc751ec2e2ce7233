// An OCI archive with one layer, packed from a directory: what the daemons of a bench import.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What is to be packed. */
export interface ArchiveOptions {
  /** The root file system. */
  readonly rootDir: string;
  /** Where the archive and what it is made from are written; made, and the caller's to remove. */
  readonly dir: string;
  /** The image's name. */
  readonly name: string;
  readonly isCompressed: boolean;
}

/** The names that Go gives to architectures. */
const ARCHITECTURES: Partial<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Makes the archive and returns its path. */
export async function makeImageArchive(options: ArchiveOptions): Promise<string> {
  const { rootDir, dir, name, isCompressed } = options;
  const layout = join(dir, "layout");
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });

  const layer = join(dir, "layer.tar");
  await run("tar", ["--create", "--file", layer, "--directory", rootDir, "--numeric-owner", "."]);
  const diffId = await sha256Of(layer);
  if (isCompressed) await run("gzip", ["--force", "-6", layer]);
  const packed = isCompressed ? `${layer}.gz` : layer;
  const layerDigest = isCompressed ? await sha256Of(packed) : diffId;
  await run("cp", [packed, join(blobs, layerDigest)]);
  const layerSize = (await readFile(packed)).length;
  await rm(packed);

  const store = async (mediaType: string, document: object): Promise<object> => {
    const text = JSON.stringify(document);
    const digest = createHash("sha256").update(text).digest("hex");
    await writeFile(join(blobs, digest), text);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
  };
  const image = "application/vnd.oci.image";
  const architecture = ARCHITECTURES[arch()] ?? arch();
  const config = await store(`${image}.config.v1+json`, {
    architecture,
    os: "linux",
    config: { Env: ["PATH=/bin:/usr/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
  });
  const layerType = `${image}.layer.v1.tar${isCompressed ? "+gzip" : ""}`;
  const manifest = await store(`${image}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${image}.manifest.v1+json`,
    config,
    layers: [{ mediaType: layerType, digest: `sha256:${layerDigest}`, size: layerSize }],
  });
  const annotations = { "io.containerd.image.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const archive = join(dir, "image.tar");
  await run("tar", [
    "--create",
    "--file",
    archive,
    "--directory",
    layout,
    "oci-layout",
    "index.json",
    "blobs",
  ]);
  await rm(layout, { recursive: true });
  return archive;
}

async function sha256Of(path: string): Promise<string> {
  const { stdout } = await run("sha256sum", [path]);
  return stdout.slice(0, 64);
}
