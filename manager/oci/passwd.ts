// The two tables of users and groups, as text: passwd(5) and group(5). Pure. Lines that are none are passed over, as the C
// library does; where a name comes twice the first counts.

/** The kernel's ids are 32 bits, and the last of them means "none". */
const MAX_ID = 0xffff_fffe;

/** A line of passwd. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly homeDir: string;
}

/** A line of group. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The users of a passwd file. */
export function* parsePasswd(text: string): Generator<PasswdEntry> {
  for (const fields of rows(text)) {
    const [name = "", , uid = "", gid = "", , homeDir = ""] = fields;
    const [uidNumber, gidNumber] = [parseId(uid), parseId(gid)];
    if (fields.length >= 4 && uidNumber !== undefined && gidNumber !== undefined) {
      yield { name, uid: uidNumber, gid: gidNumber, homeDir };
    }
  }
}

/** The groups of a group file. */
export function* parseGroup(text: string): Generator<GroupEntry> {
  for (const fields of rows(text)) {
    const [name = "", , gid = "", members = ""] = fields;
    const gidNumber = parseId(gid);
    if (fields.length >= 3 && gidNumber !== undefined) {
      yield { name, gid: gidNumber, members: members.split(",").filter((member) => member !== "") };
    }
  }
}

/** The number of a user or a group, or undefined for what is none. */
export function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

function* rows(text: string): Generator<string[]> {
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const fields = trimmed.split(":");
    if (fields[0] !== "") yield fields;
  }
}
