// The small program that --init puts in front of a container's own, as process 1: it reaps orphans and passes on signals.
// One of the host's is used, mounted read-only. It must be static: what it would need of libraries is not in the image.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import type { OciMount } from "./spec.ts";

/** Where it is inside: on the container's own /dev, so that the image's files stay as they are. */
export const INIT_PATH = "/dev/init";

/** In the order of preference. Debian has tini-static in the package tini. */
const NAMES = ["docker-init", "tini-static", "catatonit", "tini"];
const DIRS = [
  "/usr/local/bin",
  "/usr/bin",
  "/usr/sbin",
  "/usr/libexec/docker",
  "/usr/libexec/podman",
  "/usr/libexec/catatonit",
  "/usr/lib/docker",
];

/** Finds one, or throws FailedPrecondition with what to install. */
export function findInitProgram(dirs: readonly string[] = DIRS): string {
  const dynamic: string[] = [];
  for (const name of NAMES) {
    for (const dir of dirs) {
      const path = join(dir, name);
      const verdict = judge(path);
      if (verdict === "static") return path;
      if (verdict === "dynamic") dynamic.push(path);
    }
  }
  const why =
    dynamic.length === 0
      ? `none of ${NAMES.join(", ")} is installed`
      : `${dynamic.join(", ")} needs libraries that an image may not have`;
  throw new HawserError(
    Code.FailedPrecondition,
    `--init: ${why}; install the package tini or catatonit, or leave it out`,
  );
}

/** The mount that brings it in. */
export function initMount(path: string): OciMount {
  return {
    destination: INIT_PATH,
    type: "bind",
    source: path,
    options: ["bind", "ro", "nosuid", "nodev", "rprivate"],
  };
}

/** The words with it in front. All of the programs take "--". */
export function withInit(args: readonly string[]): string[] {
  return [INIT_PATH, "--", ...args];
}

const PT_INTERP = 3;

// A static program names no interpreter among its program headers (elf(5)). Only little-endian 64-bit, as are all machines
// we know; anything else counts as dynamic.
function judge(path: string): "static" | "dynamic" | undefined {
  const header = Buffer.alloc(4096);
  let length: number;
  try {
    if ((statSync(path).mode & 0o111) === 0) return undefined;
    const fd = openSync(path, "r");
    try {
      length = readSync(fd, header, 0, header.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
  if (length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
    return "dynamic";
  const start = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (size < 56 || start + size * count > length) return "dynamic";
  for (let index = 0; index < count; index++) {
    if (header.readUInt32LE(start + size * index) === PT_INTERP) return "dynamic";
  }
  return "static";
}
