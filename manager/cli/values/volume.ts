// `--volume source:target[:options]`, docker's words. The source is a path; relative ones begin with "." and are looked for
// from where the command was given.
import { isAbsolute, resolve } from "node:path";
import { type BindWish, mountTarget, PROPAGATIONS, type Propagation } from "../../oci/mounts.ts";
import { refusal } from "../../oci/refusal.ts";

// docker on Linux takes these and does nothing.
const IGNORED = new Set(["cached", "delegated", "consistent", "nocopy", ""]);
const FOR_MOUNT = new Set(["exec", "noexec", "suid", "nosuid", "dev", "nodev"]);

/** Takes it apart. `cwd`: what a relative source is relative to. */
export function parseVolume(flag: string, value: string, cwd: string): BindWish {
  const written = { flag, value };
  const parts = value.split(":");
  const [source = "", target, words = ""] = parts;
  if (parts.length > 3)
    throw refusal(written, "too many colons", "write source:target or source:target:options");
  if (target === undefined || source === "") {
    throw refusal(written, "hawser keeps no volumes of its own", "write source:target, both paths");
  }
  if (!isAbsolute(source) && !/^\.\.?(\/|$)/.test(source)) {
    throw refusal(
      written,
      `${JSON.stringify(source)} would be a named volume, which hawser does not have`,
      `write a path: /… or ./${source}`,
    );
  }
  let isReadOnly = false;
  let isRecursive = true;
  let propagation: Propagation | undefined;
  let relabel: "z" | "Z" | undefined;
  const options: string[] = [];
  for (const word of words.split(",")) {
    if (word === "ro" || word === "rw") isReadOnly = word === "ro";
    else if (word === "z" || word === "Z") relabel = word;
    else if (word === "bind" || word === "rbind") isRecursive = word === "rbind";
    else if (isPropagation(word)) propagation = word;
    else if (FOR_MOUNT.has(word)) options.push(word);
    else if (!IGNORED.has(word)) {
      throw refusal(
        written,
        `the option ${JSON.stringify(word)} is not known`,
        "use ro, rw, z, Z, rshared, rslave, rprivate, noexec, nosuid or nodev",
      );
    }
  }
  return {
    ...written,
    kind: "bind",
    source: resolve(cwd, source),
    target: mountTarget(written, target),
    isReadOnly,
    isRecursive,
    propagation,
    options,
    relabel,
  };
}

/** Whether a word says how mounts travel. */
export function isPropagation(word: string): word is Propagation {
  return (PROPAGATIONS as readonly string[]).includes(word);
}
