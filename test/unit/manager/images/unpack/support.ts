// A directory with a canary beside it, and layers unpacked into it in this thread.
import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AppliedLayer, applyLayer } from "../../../../../manager/images/unpack/apply-layer.ts";
import { DEFAULT_LAYER_LIMITS, type LayerLimits } from "../../../../../manager/images/unpack/layer-limits.ts";
import type { DevicePolicy } from "../../../../../manager/images/unpack/layer-writer.ts";
import type { LayerTarget } from "../../../../../manager/images/unpack/root-directories.ts";
import { temporaryDir } from "../../../../support/temporary-directory.ts";

export interface Ground extends Disposable {
  readonly root: string;
  readonly outside: string;
  /** Unpacks an archive into the root. */
  apply(archive: Buffer, options?: ApplyOptions): Promise<AppliedLayer>;
  /** Fails when anything beside the root was touched. */
  assertOutsideUntouched(): void;
}

export interface ApplyOptions {
  readonly lowerDirs?: readonly string[];
  readonly kind?: LayerTarget["kind"];
  readonly limits?: Partial<LayerLimits>;
  readonly devices?: DevicePolicy;
}

export function ground(): Ground {
  const dir = temporaryDir();
  const root = join(dir.path, "root");
  const outside = join(dir.path, "outside");
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, "canary"), "alive");
  let count = 0;
  return {
    root,
    outside,
    async apply(archive, { lowerDirs = [], kind = "plain", limits = {}, devices = "make" } = {}) {
      const path = join(dir.path, `archive-${count++}`);
      writeFileSync(path, archive);
      const fd = openSync(path, "r");
      try {
        return await applyLayer({
          fd,
          sizeBytes: archive.length,
          target: { kind, rootDir: root, lowerDirs },
          limits: { ...DEFAULT_LAYER_LIMITS, ...limits },
          devices,
          sync: false,
        });
      } finally {
        closeSync(fd);
      }
    },
    assertOutsideUntouched() {
      assert.deepEqual(readdirSync(outside), ["canary"]);
      assert.equal(readFileSync(join(outside, "canary"), "utf8"), "alive");
      const strangers = readdirSync(dir.path).filter((name) => !/^(root|outside|archive-\d+)$/.test(name));
      assert.deepEqual(strangers, []);
    },
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}
