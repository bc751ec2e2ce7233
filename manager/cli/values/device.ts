// `--device source[:target][:rwm]`, and the rules of --device-cgroup-rule: "c 10:200 rwm".
import { isAbsolute } from "node:path";
import type { DeviceWish } from "../../oci/devices.ts";
import { mountTarget } from "../../oci/mounts.ts";
import { refusal } from "../../oci/refusal.ts";
import type { OciDeviceRule } from "../../oci/spec.ts";

const isAccess = (text: string) => /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;

/** Takes it apart. Whether there is such a device is asked later. */
export function parseDevice(flag: string, value: string): DeviceWish {
  const written = { flag, value };
  const parts = value.split(":");
  const [source = "", second, third] = parts;
  if (parts.length > 3 || !isAbsolute(source)) {
    throw refusal(
      written,
      "no path of a device",
      "write /dev/name, /dev/name:/dev/inside or /dev/name:/dev/inside:rwm",
    );
  }
  const hasAccessOnly = second !== undefined && third === undefined && isAccess(second);
  const access = hasAccessOnly ? second : (third ?? "rwm");
  if (!isAccess(access))
    throw refusal(written, `${JSON.stringify(access)} are no rights`, "use r, w and m, each once");
  const target = hasAccessOnly ? source : (second ?? source);
  return { ...written, source, target: mountTarget(written, target), access };
}

/** Takes a rule apart; "*" is any number. */
export function parseDeviceRule(flag: string, value: string): OciDeviceRule {
  const match = /^([acb]) (\d{1,7}|\*):(\d{1,7}|\*) ([rwm]{1,3})$/.exec(value.trim());
  const [, type, major, minor, access = ""] = match ?? [];
  if (!match || !isAccess(access))
    throw refusal({ flag, value }, "no rule", 'write one such as "c 10:200 rwm" or "b 8:* r"');
  return {
    allow: true,
    type: type as "a" | "c" | "b",
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access,
  };
}
