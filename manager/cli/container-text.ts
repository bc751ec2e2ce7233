// How containers are told to people: ids, commands, states, in docker's words. Pure.
import { familiarName } from "../images/image-name.ts";
import type { OciMount, OciSpec } from "../oci/spec.ts";
import type { ContainerRow } from "./container-row.ts";
import { cutText } from "./display-text.ts";
import { durationWords, timeAgo } from "./time-text.ts";

const SHORT_ID_LENGTH = 12;
/** docker's, so that tables look alike. Characters, without quotation marks. */
const SHORT_COMMAND_LENGTH = 19;

/** Files that every container has of its own. */
const OWN_FILES = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/** The first twelve digits of an id that is 64 long; others are names that somebody chose, and are whole. */
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT_ID_LENGTH) : id;
}

/** A digest without its algorithm: whole, or its first twelve digits. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, SHORT_ID_LENGTH);
}

/** The name of an image as people write it; one that is none of docker's is as it is. */
export function shortImageName(name: string): string {
  try {
    return familiarName(name);
  } catch {
    return name;
  }
}

/** What runs in it, in quotation marks. */
export function commandText({ spec }: ContainerRow, isWhole: boolean): string {
  const text = spec?.process?.args?.join(" ") ?? "";
  return JSON.stringify(isWhole ? text : cutText(text, SHORT_COMMAND_LENGTH));
}

/** "Up 3 minutes", "Exited (1) 5 minutes ago". */
export function statusText({ state, process }: ContainerRow, now: number = Date.now()): string {
  const startedAt = process?.startedAt;
  const up = startedAt === undefined ? "Up" : `Up ${durationWords(now - startedAt.getTime())}`;
  const ago = timeAgo(process?.end?.exitedAt, now);
  switch (state) {
    case "created":
      return "Created";
    case "running":
      return up;
    case "paused":
      return `${up} (Paused)`;
    case "restarting":
      return `Restarting (${exitText(process?.end)}) ${ago}`.trimEnd();
    case "exited":
      return `Exited (${exitText(process?.end)}) ${ago}`.trimEnd();
    case "unknown":
      return "Unknown (its shim does not answer)";
  }
}

/** Labels in one text. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
}

/** A time as docker prints it in lists: "2026-11-25 14:03:07 +0000 UTC". */
export function timeText(time: Date | undefined): string {
  return time === undefined ? "" : `${time.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

function exitText(end: { exitStatus: number; isUnknown: boolean } | undefined): string {
  return end === undefined || end.isUnknown ? "unknown" : String(end.exitStatus);
}

/** What somebody mounted: the file systems of a container's own are no news, nor are its files in /etc. */
export function boundMounts(spec: OciSpec | undefined): OciMount[] {
  return (spec?.mounts ?? []).filter(
    ({ destination, options = [] }) =>
      (options.includes("bind") || options.includes("rbind")) && !OWN_FILES.includes(destination),
  );
}
