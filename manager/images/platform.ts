// Platforms: what a machine runs, and which manifests it can use. Names are brought to the one spelling of Go (x86_64 is
// amd64, aarch64 is arm64), and a machine also runs what its older kin ran: v7 runs v6, amd64 runs 386. Pure.
import type { Init } from "../../proto/codec.ts";
import type { Platform } from "../../proto/gen/platform.ts";

/** A platform in normal form. */
export interface NormalPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  x64: "amd64",
  i386: "386",
  i686: "386",
  aarch64: "arm64",
  armhf: "arm",
  armel: "arm",
};

const DEFAULT_VARIANT: Readonly<Record<string, string>> = { arm: "v7", arm64: "v8", amd64: "v1" };

/** The normal form. An empty os or architecture stays empty: it is not known. */
export function normalizePlatform(platform: Init<Platform>): NormalPlatform {
  const named = (platform.architecture ?? "").toLowerCase();
  const architecture = ARCHITECTURES[named] ?? named;
  const os = (platform.os ?? "").toLowerCase();
  const variant = (platform.variant ?? "").toLowerCase().replace(/^(?=\d)/, "v");
  if (named === "armel" && variant === "") return { os, architecture, variant: "v6" };
  return {
    os: os === "macos" ? "darwin" : os,
    architecture,
    variant: variant || (DEFAULT_VARIANT[architecture] ?? ""),
  };
}

/** The platform of this machine. */
export function hostPlatform(arch: string = process.arch): NormalPlatform {
  return normalizePlatform({ os: "linux", architecture: arch === "ia32" ? "386" : arch });
}

/**
 * How well a machine of platform `wanted` runs `offered`: 0 is exactly right, a greater number is worse, undefined is not
 * at all.
 */
export function platformDistance(wanted: Init<Platform>, offered: Init<Platform>): number | undefined {
  const [want, has] = [normalizePlatform(wanted), normalizePlatform(offered)];
  if (want.os !== has.os) return undefined;
  if (want.architecture !== has.architecture) return foreignDistance(want, has);
  const [wantLevel, hasLevel] = [levelOf(want.variant), levelOf(has.variant)];
  if (wantLevel === undefined || hasLevel === undefined) return want.variant === has.variant ? 0 : undefined;
  return hasLevel > wantLevel ? undefined : wantLevel - hasLevel;
}

/** Further away than every variant of the machine's own architecture. */
const FOREIGN = 100;

function foreignDistance(want: NormalPlatform, has: NormalPlatform): number | undefined {
  if (want.architecture === "amd64" && has.architecture === "386") return FOREIGN;
  if (want.architecture !== "arm64" || has.architecture !== "arm") return undefined;
  const level = levelOf(has.variant);
  return level === undefined || level > 8 ? undefined : FOREIGN + 8 - level;
}

// v8 → 8, v9.2 → 9.2; undefined for a variant that is not a level.
function levelOf(variant: string): number | undefined {
  return /^v\d{1,3}(\.\d{1,3})?$/.test(variant) ? Number(variant.slice(1)) : undefined;
}

/**
 * Where a platform stands for someone who wants these, the first one most: a smaller number is better. Undefined when none
 * of them can use it.
 */
export function rankPlatform(wanted: readonly Init<Platform>[], offered: Init<Platform>): number | undefined {
  for (const [at, want] of wanted.entries()) {
    const distance = platformDistance(want, offered);
    if (distance !== undefined) return at * 2 * FOREIGN + distance;
  }
  return undefined;
}

/** `linux/arm64/v8`, for people. */
export function formatPlatform(platform: Init<Platform>): string {
  const { os, architecture, variant } = normalizePlatform(platform);
  const shown = variant === DEFAULT_VARIANT[architecture] ? "" : variant;
  return [os || "unknown", architecture || "unknown", shown].filter(Boolean).join("/");
}
