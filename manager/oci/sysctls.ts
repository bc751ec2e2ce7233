// Kernel parameters of a container: only those that belong to a namespace that it has of its own. Any other would be set for
// the whole host, and OCI runtimes refuse that late and in the middle of things. See namespaces(7), sysctl(8).
import { refusal, type Written } from "./refusal.ts";

/** `--sysctl net.core.somaxconn=1024`. */
export interface SysctlWish extends Written {
  readonly name: string;
  readonly setting: string;
}

/** What a container with a network of its own gets unasked, as with docker: low ports and ping for everybody in it. */
export const NETWORK_SYSCTLS: Readonly<Record<string, string>> = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

const IPC = new Set(
  "msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced".split(" ").map((name) => `kernel.${name}`),
);

/** Decides. The last of several about one parameter counts. */
export function decideSysctls(
  wishes: readonly SysctlWish[],
  { hasOwnNetwork }: { readonly hasOwnNetwork: boolean },
): Record<string, string> {
  const sysctls: Record<string, string> = hasOwnNetwork ? { ...NETWORK_SYSCTLS } : {};
  for (const wish of wishes) {
    const flaw = flawOf(wish.name, hasOwnNetwork);
    if (flaw !== undefined) throw refusal(wish, ...flaw);
    sysctls[wish.name] = wish.setting;
  }
  return sysctls;
}

function flawOf(name: string, hasOwnNetwork: boolean): [matter: string, advice: string] | undefined {
  if (IPC.has(name) || name.startsWith("fs.mqueue.")) return undefined;
  if (name.startsWith("net.")) {
    if (hasOwnNetwork) return undefined;
    return [
      "it would change the host's network, which the container shares",
      "leave it out, or leave out --network host",
    ];
  }
  if (name === "kernel.hostname") return ["a hostname has a flag of its own", "use --hostname"];
  return [
    "it belongs to the whole host",
    "set it there with sysctl(8); a container has net.*, fs.mqueue.* and those of IPC",
  ];
}
