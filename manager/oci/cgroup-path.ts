// Where a container's cgroup is: in one group that holds all of hawser's, under a name that no other container of any
// namespace has. One level and no more: an OCI runtime removes a container's group and leaves those above. Pure.
import { posix } from "node:path";
import { refusal, type Written } from "./refusal.ts";

/**
 * `/hawser/<namespace>--<id>`, or `<parent>/<id>`. Both are valid identifiers by now: these hold no slash, and never two
 * hyphens side by side.
 */
export function cgroupPathOf(
  namespace: string,
  id: string,
  parent?: Written & { readonly path: string },
): string {
  if (parent === undefined) return `/hawser/${namespace}--${id}`;
  const parts = parent.path.split("/");
  if (parent.path === "" || parts.includes("..") || parts.includes(".")) {
    throw refusal(
      parent,
      "no place for a cgroup",
      "write a path below the root of the hierarchy, such as /my-group",
    );
  }
  return posix.join("/", parent.path, id);
}
