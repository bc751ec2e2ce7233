// What is wrong with a template, and where: a line and a column, from 1, as editors count. Pure.
import { Code, HawserError } from "../../../proto/errors.ts";

/** Makes the error for a place in the text. */
export type Complain = (at: number, matter: string) => HawserError;

/** Errors for one template. */
export function complainAbout(text: string): Complain {
  return (at, matter) => {
    const before = text.slice(0, at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    const where = before.length === 1 ? `column ${column}` : `line ${before.length}, column ${column}`;
    return new HawserError(Code.InvalidArgument, `read template, ${where}: ${matter}`);
  };
}
