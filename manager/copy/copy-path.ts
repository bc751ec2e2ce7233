// One argument of `hawser cp`: `CONTAINER:PATH`, a path of this machine, or `-`. Pure.
import { posix } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";

/** What it names. */
export type CopyPath =
  | { readonly kind: "container"; readonly container: string; readonly path: string }
  | { readonly kind: "host"; readonly path: string }
  | { readonly kind: "stream" };

/**
 * Reads it. A path of this machine with a colon in it is written with a slash before the colon: `./a:b`. In a container, what does not begin
 * with a slash is relative to its root. Throws InvalidArgument.
 */
export function parseCopyPath(argument: string): CopyPath {
  if (argument === "-") return { kind: "stream" };
  const colon = argument.indexOf(":");
  const slash = argument.indexOf("/");
  if (colon < 0 || (slash >= 0 && slash < colon) || argument.startsWith(".")) {
    if (argument !== "") return { kind: "host", path: argument };
    throw new HawserError(
      Code.InvalidArgument,
      'copy "": a path is missing; write CONTAINER:PATH, a path, or -',
    );
  }
  const [container, path] = [argument.slice(0, colon), argument.slice(colon + 1)];
  if (container === "" || path === "") {
    const missing = container === "" ? "the container before the colon" : "the path behind the colon";
    throw new HawserError(Code.InvalidArgument, `copy "${argument}": ${missing} is missing`);
  }
  return { kind: "container", container, path: absolute(path) };
}

// Keeps what a slash or `/.` at the end says.
function absolute(path: string): string {
  const end = /\/\.?$/.exec(path)?.[0] ?? (path === "." ? "/." : "");
  const clean = posix.join("/", path);
  if (clean === "/") return end === "/." ? "/." : "/";
  return `${clean.replace(/\/$/, "")}${end}`;
}
