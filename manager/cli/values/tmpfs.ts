// `--tmpfs target[:options]`: the options are those of mount(8) for tmpfs.
import { mountTarget, type TmpfsWish } from "../../oci/mounts.ts";
import { refusal } from "../../oci/refusal.ts";

const OPTION =
  /^(?:ro|rw|(?:no)?(?:exec|suid|dev|atime|diratime)|relatime|strictatime|size=\d+[kmg%]?|mode=[0-7]{3,4}|uid=\d+|gid=\d+|nr_inodes=\d+[kmg]?|nr_blocks=\d+[kmg]?)$/i;

/** Takes it apart. */
export function parseTmpfs(flag: string, value: string): TmpfsWish {
  const written = { flag, value };
  const colon = value.indexOf(":");
  const [target, words] = colon < 0 ? [value, ""] : [value.slice(0, colon), value.slice(colon + 1)];
  const options = words.split(",").filter((word) => word !== "");
  const strange = options.find((option) => !OPTION.test(option));
  if (strange !== undefined) {
    throw refusal(
      written,
      `a tmpfs has no option ${JSON.stringify(strange)}`,
      "use those of mount(8), such as size=64m or mode=1777",
    );
  }
  return { ...written, kind: "tmpfs", target: mountTarget(written, target), options };
}
