// Bold letters for titles, where they are welcome. Pure.

/** Makes a text bold, or leaves it as it is. */
export type Bold = (text: string) => string;

/** `hasColour`: of the output that it is for. */
export function boldFor({ hasColour }: { readonly hasColour: boolean }): Bold {
  return hasColour ? (text) => `\x1b[1m${text}\x1b[22m` : (text) => text;
}
