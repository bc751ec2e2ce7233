// Lists of numbers as the kernel writes and reads them for processors and memory nodes: "0-3,8". See cpuset(7).

/** Highest number of a processor or node that is believed: the kernel's own limit is 8192. */
const MAX_NUMBER = 8191;

/** The numbers of a list, ascending and each once. Undefined for what is no list. */
export function parseNumberList(text: string): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last > MAX_NUMBER) return undefined;
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The same list, for a person: [0, 1, 2, 5] → "0-2,5". */
export function formatNumberList(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
