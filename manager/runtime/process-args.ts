// The words of a process's program: found in an OCI specification, and kept in a record for those who list processes. Pure.
// Always true: a command of a megabyte costs a record no more than a page; its first words are kept.

/** The most characters of a command that are kept, as JSON. */
const MAX_CHARACTERS = 4_096;

/** Words as they are kept; null for none. What is too long is cut at a word. */
export function writeArgs(args: readonly string[]): string | null {
  const kept: string[] = [];
  let left = MAX_CHARACTERS;
  for (const word of args) {
    left -= JSON.stringify(word).length + 1;
    if (left < 0) break;
    kept.push(word);
  }
  return kept.length === 0 ? null : JSON.stringify(kept);
}

/** Words that `writeArgs` has kept. */
export function readArgs(text: string | null): string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}

/** The words in the JSON of an OCI specification, or of a `process`; none when there are none to be read. */
export function argsInSpec(json: Uint8Array | undefined): string[] {
  try {
    const spec = JSON.parse(Buffer.from(json ?? []).toString("utf8")) as {
      readonly args?: unknown;
      readonly process?: { readonly args?: unknown };
    };
    const args = spec.process?.args ?? spec.args;
    return Array.isArray(args) ? args.filter((word): word is string => typeof word === "string") : [];
  } catch {
    // What is no JSON, the OCI runtime refuses in its own words.
    return [];
  }
}
