// `--name`, and the new name of `hawser rename`.
import { CONTAINER_NAME_RULE, flawOfContainerName } from "../../labels.ts";
import { refusal } from "../../oci/refusal.ts";

/** Checks it. Whether somebody has it is decided by hawserd. */
export function parseContainerName(flag: string, value: string): string {
  // docker prints and takes names with a slash in front.
  const name = value.replace(/^\//, "");
  const flaw = flawOfContainerName(name);
  if (flaw === undefined) return name;
  throw refusal({ flag, value }, flaw, CONTAINER_NAME_RULE);
}
