// Who a container's process is: from docker's `user[:group]`, names or numbers, and the image's own tables. The rules are
// docker's: a name is looked up before it is taken for a number; without a group it is the user's own, with the
// supplementary ones that list him; with a group it is that one alone.
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

/** The tables of an image; undefined where it has none. */
export interface UserTables {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

/** Reads the tables of the image that is mounted at `rootDir`, without following links out of it. */
export function readUserTables(rootDir: string): UserTables {
  return { passwd: readRootfsFile(rootDir, "/etc/passwd"), group: readRootfsFile(rootDir, "/etc/group") };
}

/** Decides who it is. A name that the image does not know is refused; a number need not be known. */
export function resolveUser(wish: UserWish, tables: UserTables): ResolvedUser {
  const users = [...parsePasswd(tables.passwd ?? "")];
  const groups = [...parseGroup(tables.group ?? "")];
  const { uid, entry } = findUser(wish, users, tables.passwd !== undefined);
  const gid =
    wish.group === undefined
      ? (entry?.gid ?? 0)
      : findGroup(wish, wish.group, groups, tables.group !== undefined);
  const supplementary = new Set<number>();
  if (wish.group === undefined && entry !== undefined) {
    for (const group of groups) if (group.members.includes(entry.name)) supplementary.add(group.gid);
  }
  for (const name of wish.groupAdd ?? []) {
    const written = { flag: "--group-add", value: name };
    supplementary.add(findGroup(written, name, groups, tables.group !== undefined));
  }
  return {
    user: { uid, gid, ...(supplementary.size === 0 ? {} : { additionalGids: [...supplementary] }) },
    homeDir: entry?.homeDir || "/",
  };
}

function findUser(
  wish: UserWish,
  users: readonly PasswdEntry[],
  hasTable: boolean,
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
      : hasTable
        ? `there is no user ${JSON.stringify(name)} in the image's /etc/passwd`
        : `the user ${JSON.stringify(name)} has no number: the image has no /etc/passwd`,
    "write a name that it has, or a number",
  );
}

function findGroup(written: Written, name: string, groups: readonly GroupEntry[], hasTable: boolean): number {
  const gid = parseId(name);
  const entry = groups.find((group) => group.name === name);
  if (entry !== undefined) return entry.gid;
  if (gid !== undefined) return gid;
  throw refusal(
    written,
    hasTable
      ? `there is no group ${JSON.stringify(name)} in the image's /etc/group`
      : `the group ${JSON.stringify(name)} has no number: the image has no /etc/group`,
    "write a name that it has, or a number",
  );
}
