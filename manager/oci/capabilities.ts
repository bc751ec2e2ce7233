// Which capabilities a container has: the usual ones, and what was added or dropped, in docker's words (`ALL`, names with
// and without CAP_, any case). A default that this host cannot give is left out without a word; a wish that it cannot give
// is refused, because an OCI runtime would say no more than "operation not permitted". See capabilities(7).

import { refusal } from "./refusal.ts";
import type { OciCapabilities } from "./spec.ts";

/** Every capability there is, in the kernel's order: its place is its bit in /proc/<pid>/status. */
export const CAPABILITIES: readonly string[] = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO".split(" "),
  ..."SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME".split(" "),
  ..."SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG".split(" "),
  ..."WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(" "),
].map((name) => `CAP_${name}`);

/** What a container has unless told otherwise: what docker and containerd have given for years. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** What was asked for, as written. */
export interface CapabilityWish {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
  readonly isPrivileged?: boolean;
}

/**
 * Decides. `onHost`: what the caller itself could hand on. Dropping wins over `ALL`, and adding by name over dropping
 * `ALL`; the same name in both is refused. Answers in the kernel's order.
 */
export function decideCapabilities(wish: CapabilityWish, onHost: ReadonlySet<string>): string[] {
  const add = new Set((wish.add ?? []).map((name) => capabilityName("--cap-add", name)));
  const drop = new Set((wish.drop ?? []).map((name) => capabilityName("--cap-drop", name)));
  for (const name of add) {
    if (name !== ALL && drop.has(name)) {
      throw refusal({ flag: "--cap-add", value: name }, "it is also in --cap-drop", "name it once");
    }
    if (name !== ALL && !onHost.has(name)) {
      throw refusal(
        { flag: "--cap-add", value: name },
        "hawser itself does not have it here",
        "start hawserd with it, or leave it out",
      );
    }
  }
  const hasAll = wish.isPrivileged === true || add.has(ALL);
  const base = hasAll ? CAPABILITIES : drop.has(ALL) ? [] : DEFAULT_CAPABILITIES;
  const wanted = new Set([...base.filter((name) => onHost.has(name) && !drop.has(name)), ...add]);
  return CAPABILITIES.filter((name) => wanted.has(name));
}

/**
 * The sets of a process. The bounding set is everybody's; one that is not root gets none at once, as with docker: they come
 * back to it by a set-uid program or a file with capabilities. Nothing is inheritable (CVE-2022-24769).
 */
export function capabilitySets(bounding: readonly string[], uid: number): OciCapabilities {
  const own = uid === 0 ? [...bounding] : [];
  return { bounding: [...bounding], effective: own, permitted: [...own] };
}

const ALL = "ALL";

/** The full name of what a person wrote: `net_admin` → `CAP_NET_ADMIN`, `all` → `ALL`. */
function capabilityName(flag: string, written: string): string {
  const upper = written.trim().toUpperCase();
  if (upper === ALL || upper === "CAP_ALL") return ALL;
  const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (CAPABILITIES.includes(name)) return name;
  throw refusal(
    { flag, value: written },
    "there is no such capability",
    "write ALL or a name of capabilities(7), such as NET_ADMIN",
  );
}
