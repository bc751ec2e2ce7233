// The name of a container as a machine: what was asked for, else the beginning of its id, as with docker.
import { refusal, type Written } from "./refusal.ts";

/** The kernel takes 64 bytes (uname(2)), a label of a domain name 63. */
const MAX_CHARS = 63;
const DEFAULT_CHARS = 12;

/** Checks a name for `--hostname`. */
export function hostnameOf(id: string, asked?: Written & { readonly name: string }): string {
  if (asked === undefined) {
    // Ids may hold what names of machines may not: "_" and, at the ends, ".".
    const name = id
      .slice(0, DEFAULT_CHARS)
      .replace(/[^a-zA-Z0-9-]/g, "-")
      .replace(/^-+|-+$/g, "");
    return name === "" ? "container" : name;
  }
  const labels = asked.name.split(".");
  const isName = labels.every((label) => /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(label));
  if (isName && asked.name.length <= MAX_CHARS) return asked.name;
  throw refusal(
    asked,
    asked.name.length > MAX_CHARS ? `longer than ${MAX_CHARS} characters` : "no name for a machine",
    "use letters, digits and hyphens, with dots between",
  );
}
