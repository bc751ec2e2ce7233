// What regular expressions say about single characters and the places between them: the classes of Go (RE2), which are those of
// ASCII unless their name says otherwise, and the anchors. Pure.

/** Whether a code point is in a set. */
export type CharacterTest = (codePoint: number) => boolean;

/** Whether a place is an anchor's: between these code points; -1 stands for the border of the text. */
export type PlaceTest = (before: number, after: number) => boolean;

/** The line feed. */
export const NEWLINE = 10;
/** The code points from one to another, both included. */
export const range =
  (from: number, to: number): CharacterTest =>
  (c) =>
    c >= from && c <= to;
/** The union of sets. */
export const anyOf =
  (tests: readonly CharacterTest[]): CharacterTest =>
  (c) =>
    tests.some((test) => test(c));
/** All the others. */
export const not =
  (test: CharacterTest): CharacterTest =>
  (c) =>
    !test(c);
/** The characters of a text. */
export const characters = (text: string): CharacterTest => {
  const set = new Set(Array.from(text, (c) => c.codePointAt(0)));
  return (c) => set.has(c);
};

const digit = range(48, 57);
const lower = range(97, 122);
const upper = range(65, 90);
const letter = anyOf([lower, upper]);
const word = anyOf([letter, digit, characters("_")]);
const space = characters("\t\n\f\r ");
const punctuation = anyOf([range(33, 47), range(58, 64), range(91, 96), range(123, 126)]);

/** The classes that are a backslash and a letter. */
export const PERL: Readonly<Record<string, CharacterTest>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
};
/** The classes that are written `[:name:]`. */
export const POSIX: Readonly<Record<string, CharacterTest>> = {
  alnum: anyOf([letter, digit]),
  alpha: letter,
  ascii: range(0, 127),
  blank: characters("\t "),
  cntrl: anyOf([range(0, 31), range(127, 127)]),
  digit,
  graph: range(33, 126),
  lower,
  print: range(32, 126),
  punct: punctuation,
  space: characters("\t\n\v\f\r "),
  upper,
  word,
  xdigit: anyOf([digit, range(65, 70), range(97, 102)]),
};
/** The letters after a backslash that stand for a control character. */
export const CONTROL: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 };

const isWordCharacter = (c: number): boolean => c >= 0 && word(c);
/** `^`, `\A`. */
export const textBegins: PlaceTest = (before) => before < 0;
/** `$`, `\z`: unlike in Perl, a line feed before the end does not count. */
export const textEnds: PlaceTest = (_, after) => after < 0;
/** `^` in several lines. */
export const lineBegins: PlaceTest = (before) => before < 0 || before === NEWLINE;
/** `$` in several lines. */
export const lineEnds: PlaceTest = (_, after) => after < 0 || after === NEWLINE;
/** `\b`. */
export const wordBorder: PlaceTest = (before, after) => isWordCharacter(before) !== isWordCharacter(after);
/** `\B`. */
export const noWordBorder: PlaceTest = (before, after) => !wordBorder(before, after);

/** The class of a Unicode category or script, by its short or long name; undefined when there is none. */
export function unicodeClass(name: string): CharacterTest | undefined {
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  for (const property of [name, `Script=${name}`]) {
    try {
      const set = new RegExp(`^\\p{${property}}$`, "u");
      return (c) => set.test(String.fromCodePoint(c));
    } catch {
      // Not a category; it may be a script.
    }
  }
  return undefined;
}
