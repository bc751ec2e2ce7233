// How far one word is from another, for suggestions: the least number of letters to put in, take out or change. Pure.

/** The distance (Levenshtein's). Takes time and memory in proportion to both lengths: cut what strangers send. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The longest word that a suggestion is looked for. Characters. */
const MAX_WORD_LENGTH = 40;

/** The candidate that was probably meant, if one is near enough: a third of the letters wrong, at most three. */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  let nearest: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(word.length / 2.5))) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}
