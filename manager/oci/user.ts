// Who a container's process is: from docker's `user[:group]`, names or numbers, and the image's own tables. The rules are
// docker's: a name is looked up before it is taken for a number; without a group it is the user's own, with the
// supplementary ones that list him; with a group it is that one alone.

import type { ImageRoot } from "./image-root.ts";
import { type GroupEntry, type PasswdEntry, parseGroup, parseId, parsePasswd } from "./passwd.ts";
import { refusal, type Written } from "./refusal.ts";
import { readRootfsFile } from "./rootfs-file.ts";
import type { OciUser } from "./spec.ts";

/** A user as asked for. */
export interface UserWish extends Written {
  /** Name or number; empty is root. */
  readonly user: string;
  readonly group?: string | undefined;
  /** More groups: names or numbers (`--group-add`). */
  readonly groupAdd?: readonly string[];
}

/** Who it is. */
export interface ResolvedUser {
  readonly user: OciUser;
  /** `/` where the image knows none. */
  readonly homeDir: string;
}

/** The tables of an image; undefined where it has none, no fields where nobody could look. */
export interface UserTables {
  readonly passwd?: string | undefined;
  readonly group?: string | undefined;
}

/** Reads the tables of an image: mounted at a directory, or not mounted. Follows no link out of it. */
export function readUserTables(root: string | ImageRoot): UserTables {
  return { passwd: readRootfsFile(root, "/etc/passwd"), group: readRootfsFile(root, "/etc/group") };
}

/** Who somebody means by `user[:group]` in one text, as images and programs write it. `flag` is for errors. */
export function userWish(flag: string, value: string): UserWish {
  const [user = "", group] = value.split(":");
  return { flag, value, user, ...(group ? { group } : {}) };
}

/** Decides who it is. A name that the image does not know is refused; a number need not be known. */
export function resolveUser(wish: UserWish, tables: UserTables): ResolvedUser {
  const users = [...parsePasswd(tables.passwd ?? "")];
  const groups = [...parseGroup(tables.group ?? "")];
  const { uid, entry } = findUser(wish, users, tables);
  const gid = wish.group === undefined ? (entry?.gid ?? 0) : findGroup(wish, wish.group, groups, tables);
  const supplementary = new Set<number>();
  if (wish.group === undefined && entry !== undefined) {
    for (const group of groups) if (group.members.includes(entry.name)) supplementary.add(group.gid);
  }
  for (const name of wish.groupAdd ?? []) {
    const written = { flag: "--group-add", value: name };
    supplementary.add(findGroup(written, name, groups, tables));
  }
  return {
    user: { uid, gid, ...(supplementary.size === 0 ? {} : { additionalGids: [...supplementary] }) },
    homeDir: entry?.homeDir || "/",
  };
}

function findUser(
  wish: UserWish,
  users: readonly PasswdEntry[],
  tables: UserTables,
): { uid: number; entry: PasswdEntry | undefined } {
  const name = wish.user === "" ? "0" : wish.user;
  const uid = parseId(name);
  const entry = users.find((user) => user.name === name) ?? users.find((user) => user.uid === uid);
  if (entry !== undefined) return { uid: entry.uid, entry };
  if (uid !== undefined) return { uid, entry };
  throw refusal(
    wish,
    /^\d+$/.test(name)
      ? `${JSON.stringify(name)} is higher than any user's number`
      : unknownName("user", name, "passwd", tables),
    "write a name that it has, or a number",
  );
}

function findGroup(
  written: Written,
  name: string,
  groups: readonly GroupEntry[],
  tables: UserTables,
): number {
  const gid = parseId(name);
  const entry = groups.find((group) => group.name === name);
  if (entry !== undefined) return entry.gid;
  if (gid !== undefined) return gid;
  throw refusal(
    written,
    unknownName("group", name, "group", tables),
    "write a name that it has, or a number",
  );
}

function unknownName(noun: string, name: string, table: keyof UserTables, tables: UserTables): string {
  const quoted = JSON.stringify(name);
  if (!(table in tables)) return `the ${noun} ${quoted} has no number: its files cannot be looked into`;
  return tables[table] === undefined
    ? `the ${noun} ${quoted} has no number: the image has no /etc/${table}`
    : `there is no ${noun} ${quoted} in the image's /etc/${table}`;
}
