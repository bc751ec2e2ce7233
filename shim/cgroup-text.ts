// The few shapes that the kernel gives to the files of a cgroup: one number, lines of "key value", lines of
// "key name=value…". Pure functions over texts; what cannot be read counts as zero or as absent, because kernels
// differ in what they write.

/** How the limit "max" is reported: the greatest number of 64 bits. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** A file with one number; "max" is UNLIMITED. Undefined for a file that is missing or holds something else. */
export function numberOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  return parseNumber(text.trim());
}

/** Lines of "key value". Lines of another shape are left out. */
export function fieldsOf(text: string | undefined): Map<string, bigint> {
  const fields = new Map<string, bigint>();
  for (const line of linesOf(text)) {
    const space = line.indexOf(" ");
    const value = space < 0 ? undefined : parseNumber(line.slice(space + 1).trim());
    if (value !== undefined) fields.set(line.slice(0, space), value);
  }
  return fields;
}

/** One field of such lines; 0 when it is not there. */
export function numberIn(text: string | undefined, key: string): bigint {
  return fieldsOf(text).get(key) ?? 0n;
}

/** Lines of "key name=value name=value". Values that are no numbers are left out. */
export function* assignmentsOf(text: string | undefined): Generator<[key: string, Map<string, bigint>]> {
  for (const line of linesOf(text)) {
    const [key = "", ...words] = line.split(" ");
    const values = new Map<string, bigint>();
    for (const word of words) {
      const equals = word.indexOf("=");
      const value = equals < 0 ? undefined : parseNumber(word.slice(equals + 1));
      if (value !== undefined) values.set(word.slice(0, equals), value);
    }
    yield [key, values];
  }
}

/** The lines that are not empty. */
export function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split("\n").filter((line) => line !== "");
}

/** "major:minor" as numbers. */
export function deviceOf(text: string): { major: bigint; minor: bigint } | undefined {
  const match = /^(\d+):(\d+)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { major: BigInt(match[1]), minor: BigInt(match[2]) };
}

function parseNumber(text: string): bigint | undefined {
  if (text === "max") return UNLIMITED;
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
