// `--sysctl name=value`. Whether a container may set it is decided later.
import { refusal } from "../../oci/refusal.ts";
import type { SysctlWish } from "../../oci/sysctls.ts";

/** Takes it apart; sysctl(8)'s slashes are dots. */
export function parseSysctl(flag: string, value: string): SysctlWish {
  const [, name = "", setting = ""] = /^([\w./-]+)=(.+)$/s.exec(value) ?? [];
  if (name === "" || name.split(/[./]/).includes("")) {
    throw refusal({ flag, value }, "no parameter", "write name=value, such as net.core.somaxconn=1024");
  }
  return { flag, value, name: name.replaceAll("/", "."), setting };
}
