// Whether overlays work below a directory, found out by making one: the kernel may have none, a filesystem may not be able to be
// an upper directory (another overlay, NFS), and a container may not be allowed to mount at all.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../proto/errors.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { setXattr } from "../../sys/xattr.ts";

const PREFIX = ".probe-";

/** Why overlays cannot be used below `dir`; undefined when they can. Leaves nothing behind. */
export async function whyNoOverlay(dir: string): Promise<string | undefined> {
  // The options of a mount are text, in which these have a meaning of their own.
  const special = /[:,\\]/.exec(dir)?.[0];
  if (special !== undefined) return `the path "${dir}" holds "${special}"`;
  try {
    return await probe(dir);
  } catch (error) {
    return messageOf(error);
  }
}

async function probe(dir: string): Promise<string | undefined> {
  // A crash in the middle of this has left a mount, which keeps its directory from being swept.
  for (const name of readdirSync(dir)) if (name.startsWith(PREFIX)) await unmountAll(join(dir, name));
  const top = mkdtempSync(join(dir, PREFIX));
  const at = (name: string): string => join(top, name);
  try {
    for (const name of ["first", "second", "upper", "work", "merged"]) mkdirSync(at(name));
    writeFileSync(join(at("second"), "file"), "");
    const options = [
      `workdir=${at("work")}`,
      `upperdir=${at("upper")}`,
      `lowerdir=${at("first")}:${at("second")}`,
    ];
    await mountAll([{ type: "overlay", source: "overlay", options }], at("merged"));
    try {
      if (!existsSync(join(at("merged"), "file"))) return "an overlay does not show what is below";
      unlinkSync(join(at("merged"), "file"));
    } finally {
      await unmountAll(at("merged"));
    }
    // Layers are unpacked into upper directories, with whiteouts and marks as the kernel makes them.
    if (!lstatSync(join(at("upper"), "file")).isCharacterDevice())
      return "whiteouts are not character devices";
    setXattr(at("upper"), "trusted.overlay.opaque", Buffer.from("y"));
    return undefined;
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
