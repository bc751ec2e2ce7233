// Which container somebody means: by id, by name, or by the beginning of an id. What is asked of the daemon is made here, and
// its answer is decided here. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { MAX_ID_LENGTH } from "../../proto/identifiers.ts";
import { NAME_LABEL } from "../labels.ts";

/** A container as far as it matters. */
export interface Candidate {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How many of those that begin so are named. */
const MAX_NAMED = 3;

/** As many candidates as are needed to say which one is meant, or that it is none of them alone. */
export const ENOUGH_CANDIDATES = MAX_NAMED + 1;

/** Filters, to be asked one after the other until one finds something. Throws NotFound for what can be neither id nor name. */
export function filtersFor(reference: string): readonly (readonly string[])[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(reference)) {
    const advice = "ids and names are letters, digits, dots, dashes and underscores; see: hawser ps --all";
    throw new HawserError(
      Code.NotFound,
      `find container ${JSON.stringify(reference)}: there is none; ${advice}`,
    );
  }
  const text = JSON.stringify(reference);
  const exact = [`id==${text}`, `labels.${JSON.stringify(NAME_LABEL)}==${text}`];
  if (reference.length > MAX_ID_LENGTH) return [exact];
  return [exact, [`id~=${JSON.stringify(`^${reference.replaceAll(".", "\\.")}`)}`]];
}

/** The id of the one that is meant. Throws NotFound when there is none, InvalidArgument when several begin so. */
export function chooseContainer(reference: string, candidates: readonly Candidate[]): string {
  const exact =
    candidates.find(({ id }) => id === reference) ??
    candidates.find(({ labels }) => labels[NAME_LABEL] === reference);
  if (exact !== undefined) return exact.id;
  const [first, ...others] = candidates.filter(({ id }) => id.startsWith(reference));
  if (first === undefined) {
    throw new HawserError(
      Code.NotFound,
      `find container "${reference}": there is none; see: hawser ps --all`,
    );
  }
  if (others.length === 0) return first.id;
  const named = [first, ...others].slice(0, MAX_NAMED).map(({ id, labels }) => labels[NAME_LABEL] ?? id);
  const list = `${named.join(", ")}${others.length >= MAX_NAMED ? ", …" : ""}`;
  throw new HawserError(
    Code.InvalidArgument,
    `find container "${reference}": several ids begin so (${list}); write more of it`,
  );
}
