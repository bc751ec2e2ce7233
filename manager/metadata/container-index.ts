// Containers by their names and by the beginnings of their ids, from the indexes of metadata.db: what a command line asks for
// all the time, and what must not take longer with ten thousand containers than with ten.
import type { Container } from "../../proto/gen/containers.ts";
import { NAME_LABEL } from "../labels.ts";
import type { Database } from "./database.ts";
import type { Selector } from "./filter.ts";
import { boundOf } from "./filter-keys.ts";

/** With more of them, all containers are gone through. */
const MAX_CANDIDATES = 1_000;

/** The name that a container has; null for none. */
export function nameOf({ labels }: Container): string | null {
  return labels[NAME_LABEL] ?? null;
}

/** The id of the container that has a name. */
export function findIdOfName(database: Database, namespace: string, name: string): string | undefined {
  return database
    .statement<{ id: string }>("SELECT id FROM containers WHERE namespace = ? AND name = ?")
    .get(namespace, name)?.id;
}

/** Ids beside which no container matches the filters; undefined: any may. */
export function findCandidates(
  database: Database,
  namespace: string,
  filters: readonly (readonly Selector[])[],
): string[] | undefined {
  if (filters.length === 0) return undefined;
  const ids: string[] = [];
  for (const selectors of filters) {
    const found = candidatesOf(database, namespace, selectors);
    if (found === undefined || ids.push(...found) > MAX_CANDIDATES) return undefined;
  }
  return ids;
}

function candidatesOf(
  database: Database,
  namespace: string,
  selectors: readonly Selector[],
): string[] | undefined {
  const name = boundOf(selectors, `labels.${NAME_LABEL}`);
  if (name !== undefined && "equals" in name) {
    const id = findIdOfName(database, namespace, name.equals);
    return id === undefined ? [] : [id];
  }
  const id = boundOf(selectors, "id");
  if (id === undefined) return undefined;
  return "equals" in id ? [id.equals] : idsThatBegin(database, namespace, id.startsWith);
}

function idsThatBegin(database: Database, namespace: string, prefix: string): string[] {
  return (
    database
      .statement<{ id: string }>(
        `SELECT id FROM containers WHERE namespace = ? AND id >= ? AND id < ? LIMIT ${MAX_CANDIDATES + 1}`,
      )
      // Ids are ASCII: nothing that begins so is behind the highest character.
      .all(namespace, prefix, `${prefix}\u{10FFFF}`)
      .map(({ id }) => id)
  );
}
