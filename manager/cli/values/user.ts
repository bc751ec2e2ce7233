// `--user user[:group]`: names or numbers. Whether the image has them is asked later.
import { refusal } from "../../oci/refusal.ts";
import type { UserWish } from "../../oci/user.ts";

/** Takes it apart. */
export function parseUser(flag: string, value: string): UserWish {
  const parts = value.split(":");
  const [user = "", group] = parts;
  if (parts.length > 2 || user === "" || group === "" || /\s/.test(value)) {
    throw refusal({ flag, value }, "no user", "write user or user:group, names or numbers");
  }
  return { flag, value, user, group };
}
