// How a wish is refused: one InvalidArgument that names the flag and the value as they were written, what is the matter
// and what to do. Rules about containers and parsers of the command line make their errors here, so that all read alike.
import { Code, HawserError } from "../../proto/errors.ts";

/** Where a wish came from, for errors: a flag and the value as written. */
export interface Written {
  /** `--memory`. */
  readonly flag: string;
  readonly value?: string | undefined;
}

/** `--memory "4k": less than the least of 6 MiB; write …`. `advice` may be left out where the matter says it all. */
export function refusal({ flag, value }: Written, matter: string, advice?: string): HawserError {
  const said = value === undefined ? flag : `${flag} ${JSON.stringify(value)}`;
  return new HawserError(
    Code.InvalidArgument,
    advice === undefined ? `${said}: ${matter}` : `${said}: ${matter}; ${advice}`,
  );
}
