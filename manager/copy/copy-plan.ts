// Where a copy goes and what it is called there, by docker's rules, which are those of `cp -a` with a word for "the contents of":
// a path that ends in `/.`. Pure: looks at no file; whoever plans has looked.
import { Code, HawserError } from "../../proto/errors.ts";

/** What was found at a path, links followed. */
export interface FoundPath {
  /** As it was asked for. */
  readonly path: string;
  readonly kind: "missing" | "directory" | "other";
  /** Whether the directory that it is in, or would be in, is there. */
  readonly hasParent: boolean;
}

/** How to unpack: what the archive's root is called (undefined: only its contents), and in which directory. */
export interface CopyPlan {
  readonly directory: string;
  readonly name: string | undefined;
}

/** Whether a path means what is in the directory, and not the directory. */
export function meansContents(path: string): boolean {
  return path === "." || path.endsWith("/.");
}

/** The last part of a path that is a name; undefined for `/`, `.` and `..`, which have none. */
export function nameOf(path: string): string | undefined {
  const name = path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .at(-1);
  return name === ".." ? undefined : name;
}

/** The directory of a path, which has a name. */
export function parentOf(path: string): string {
  const end = path.replace(/(\/\.?)+$/, "").lastIndexOf("/");
  if (end < 0) return path.startsWith("/") ? "/" : ".";
  return path.slice(0, end) || "/";
}

/** Decides. Throws NotFound or FailedPrecondition that names the path and says what to do. */
export function planCopy(source: FoundPath, destination: FoundPath): CopyPlan {
  const isDirectory = source.kind === "directory";
  if (source.kind === "missing") throw refusal(Code.NotFound, source, "there is no such file or directory");
  if (!isDirectory && /\/\.?$/.test(source.path)) {
    throw refusal(Code.FailedPrecondition, source, "it is no directory; leave the slash away");
  }
  const name = meansContents(source.path) ? undefined : nameOf(source.path);
  if (destination.kind === "directory") return { directory: destination.path, name };
  if (destination.kind === "other") {
    if (!isDirectory && !/\/\.?$/.test(destination.path)) return renamed(destination);
    throw refusal(Code.FailedPrecondition, destination, "it is no directory; name one, or another path");
  }
  if (!destination.hasParent) {
    throw refusal(
      Code.NotFound,
      destination,
      "the directory that it would be in is not there; make it first",
    );
  }
  if (!isDirectory && /\/\.?$/.test(destination.path)) {
    throw refusal(
      Code.NotFound,
      destination,
      "there is no such directory; make it first, or leave the slash away",
    );
  }
  return renamed(destination);
}

function renamed({ path }: FoundPath): CopyPlan {
  return { directory: parentOf(path), name: nameOf(path) };
}

function refusal(code: Code, { path }: FoundPath, reason: string): HawserError {
  return new HawserError(code, `copy "${path}": ${reason}`);
}
