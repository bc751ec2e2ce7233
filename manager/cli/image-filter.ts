// What `--filter` means for images, with docker's keys, and what the pattern of `hawser images <pattern>` means. Pure.
import { HawserError } from "../../proto/errors.ts";
import { normalizeName } from "../images/image-name.ts";
import { refusal } from "../oci/refusal.ts";
import { hasLabels, parseFilterWords, parseSwitch } from "./filter-words.ts";
import type { ImageRow } from "./image-row.ts";
import { parseTime } from "./values/time.ts";

/** The keys. */
export const IMAGE_FILTERS = ["reference", "label", "dangling", "before", "since", "until"] as const;

/** A filter, read. */
export type ImageFilter = (rows: readonly ImageRow[]) => ImageRow[];

/** Reads the values of `--filter`, and the pattern. Throws InvalidArgument. */
export function parseImageFilter(texts: readonly string[], pattern?: string): ImageFilter {
  const words = parseFilterWords(texts, IMAGE_FILTERS);
  const get = (key: (typeof IMAGE_FILTERS)[number]) => words.get(key) ?? [];
  const references = [...get("reference"), ...(pattern === undefined ? [] : [pattern])].map(patternOf);
  const dangling = get("dangling").map((value) => parseSwitch("dangling", value));
  const until = get("until").map((value) => parseTime("--filter until", value).getTime());
  const before = get("before").map(fullName);
  const since = get("since").map(fullName);
  return (rows) => {
    const timeOf = (name: string) =>
      timeOfRow(
        rows.find((row) => row.name === name),
        name,
      );
    const latest = [...until, ...before.map(timeOf)];
    const earliest = since.map(timeOf);
    return rows.filter((row) => {
      const time = row.createdAt?.getTime() ?? 0;
      return (
        (references.length === 0 ||
          references.some((reference) => reference.test(row.repository) || reference.test(fullOf(row)))) &&
        hasLabels(row.labels, get("label")) &&
        // Every image here has a name.
        dangling.every((wanted) => !wanted) &&
        latest.every((bound) => time < bound) &&
        earliest.every((bound) => time > bound)
      );
    });
  };
}

function fullOf({ repository, tag }: ImageRow): string {
  return `${repository}:${tag}`;
}

// As Go's path.Match: "*" and "?" stay within a component.
function patternOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/[*?]|\[\^?[^\]]*\]|[^*?[]/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.startsWith("[") && part.length > 1 ? part : part.replace(/[\\^$.|+()[\]{}/]/, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw refusal({ flag: "reference", value: pattern }, "no pattern", 'write a name with "*" and "?"');
  }
}

function fullName(value: string): string {
  try {
    return normalizeName(value);
  } catch (error) {
    throw refusal({ flag: "--filter", value }, HawserError.from(error).message);
  }
}

function timeOfRow(row: ImageRow | undefined, name: string): number {
  if (row === undefined)
    throw refusal({ flag: "--filter", value: name }, "there is no such image", "see: hawser images");
  return row.createdAt?.getTime() ?? 0;
}
