// `--network none|host`, and `--add-host name:address`.
import { isIP } from "node:net";
import type { HostEntry } from "../../oci/etc-files.ts";
import { refusal } from "../../oci/refusal.ts";

/** Which network. */
export function parseNetwork(flag: string, value: string): "none" | "host" {
  if (value === "none" || value === "host") return value;
  throw refusal({ flag, value }, "hawser has no such network", "write none or host");
}

/** A line for /etc/hosts; the address may hold colons and be in brackets. */
export function parseHostEntry(flag: string, value: string): HostEntry {
  const [, name = "", written = ""] = /^([^:=\s]+)[:=](\S+)$/.exec(value) ?? [];
  const address = written.replace(/^\[(.*)\]$/, "$1");
  if (name !== "" && isIP(address) !== 0) return { name, address };
  throw refusal({ flag, value }, "no host", "write name:address, such as db:10.0.0.5");
}
