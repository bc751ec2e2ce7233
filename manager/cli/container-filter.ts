// What `--filter` means for containers, with docker's keys. Pure.
import { normalizeName } from "../images/image-name.ts";
import { refusal } from "../oci/refusal.ts";
import { chooseContainer } from "./container-reference.ts";
import type { ContainerRow, ContainerState } from "./container-row.ts";
import { type FilterWords, hasLabels, parseFilterWords } from "./filter-words.ts";

/** The keys. */
export const CONTAINER_FILTERS = [
  "id",
  "name",
  "label",
  "status",
  "exited",
  "ancestor",
  "before",
  "since",
  "volume",
  "network",
] as const;

/** States by which one can filter. */
const STATES: readonly ContainerState[] = ["created", "running", "paused", "restarting", "exited", "unknown"];

/** A filter, read. */
export interface ContainerFilter {
  /** Whether containers that do not run are meant, too, without --all. */
  readonly includesEnded: boolean;
  /** Whether it looks into specifications. */
  readonly needsSpec: boolean;
  /** Those that are meant. Throws NotFound for a container that `before` or `since` name. */
  readonly apply: (rows: readonly ContainerRow[]) => ContainerRow[];
}

/** Reads the values of `--filter`. Throws InvalidArgument. */
export function parseContainerFilter(texts: readonly string[]): ContainerFilter {
  const words = parseFilterWords(texts, CONTAINER_FILTERS);
  const tests = [...words].map(([key, values]) => testFor(key as (typeof CONTAINER_FILTERS)[number], values));
  const has = (...keys: string[]) => keys.some((key) => words.has(key));
  return {
    includesEnded: has("status", "exited", "before", "since"),
    needsSpec: has("volume", "network"),
    apply(rows) {
      const bounds = boundsOf(words, rows);
      return rows.filter((row) => tests.every((test) => test(row)) && bounds(row));
    },
  };
}

type Test = (row: ContainerRow) => boolean;

function testFor(key: (typeof CONTAINER_FILTERS)[number], values: readonly string[]): Test {
  const any =
    (test: (row: ContainerRow, value: string) => boolean): Test =>
    (row) =>
      values.some((value) => test(row, value));
  switch (key) {
    case "id":
      return any(({ id }, value) => id.startsWith(value));
    case "name": {
      const patterns = values.map((value) => patternOf(value));
      return ({ name }) => patterns.some((pattern) => pattern.test(name));
    }
    case "label":
      return ({ labels }) => hasLabels(labels, values);
    case "status":
      for (const value of values) checkState(value);
      return any(({ state }, value) => state === value);
    case "exited":
      for (const value of values) checkExit(value);
      return any(({ state, process }, value) => state === "exited" && hasExit(process?.end, value));
    case "ancestor": {
      const names = new Set(values.map((value) => normalizeName(value)));
      return ({ image }) => names.has(image);
    }
    case "volume":
      return any(({ spec }, value) =>
        (spec?.mounts ?? []).some(({ destination, source }) => destination === value || source === value),
      );
    case "network":
      return any((row, value) => networkOf(row) === value);
    case "before":
    case "since":
      return () => true;
  }
}

/** "host" when it has the machine's network, otherwise "none": there are no others. */
export function networkOf({ spec }: ContainerRow): string {
  return (spec?.linux?.namespaces ?? []).some(({ type }) => type === "network") ? "none" : "host";
}

function boundsOf(words: FilterWords, rows: readonly ContainerRow[]): Test {
  const timeOf = (reference: string): number => {
    const id = chooseContainer(reference, rows);
    return rows.find((row) => row.id === id)?.createdAt?.getTime() ?? 0;
  };
  const before = (words.get("before") ?? []).map(timeOf);
  const since = (words.get("since") ?? []).map(timeOf);
  return ({ createdAt }) => {
    const time = createdAt?.getTime() ?? 0;
    return before.every((bound) => time < bound) && since.every((bound) => time > bound);
  };
}

// A regular expression, as docker has it. The engine takes time in proportion to what the user himself writes here.
function patternOf(value: string): RegExp {
  try {
    return new RegExp(value.replace(/^\//, ""));
  } catch {
    throw refusal({ flag: "--filter", value: `name=${value}` }, "no regular expression");
  }
}

function checkState(value: string): void {
  if ((STATES as readonly string[]).includes(value)) return;
  throw refusal({ flag: "--filter", value: `status=${value}` }, "no state", `there are ${STATES.join(", ")}`);
}

function checkExit(value: string): void {
  if (/^\d{1,3}$/.test(value)) return;
  throw refusal(
    { flag: "--filter", value: `exited=${value}` },
    "no exit status",
    "write a number from 0 to 255",
  );
}

function hasExit(end: { exitStatus: number; isUnknown: boolean } | undefined, value: string): boolean {
  return end !== undefined && !end.isUnknown && end.exitStatus === Number(value);
}
