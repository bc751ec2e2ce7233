// `--mount type=bind,source=/a,target=/b,readonly`: docker's list of keys, as a line of CSV, so that a path may hold a comma
// when the field is quoted.
import { isAbsolute, resolve } from "node:path";
import { type MountWish, mountTarget, type Propagation } from "../../oci/mounts.ts";
import { refusal, type Written } from "../../oci/refusal.ts";
import { parseMemorySize } from "./memory-size.ts";
import { isPropagation } from "./volume.ts";

const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};
const KEYS: Readonly<Record<string, readonly string[]>> = {
  bind: ["type", "source", "target", "readonly", "bind-propagation", "bind-nonrecursive", "consistency"],
  tmpfs: ["type", "target", "readonly", "tmpfs-size", "tmpfs-mode"],
};

/** Takes it apart. `cwd`: what a relative source is relative to. */
export function parseMount(flag: string, value: string, cwd: string): MountWish {
  const written = { flag, value };
  const fields = fieldsOf(written, value);
  const type = fields.get("type") ?? "volume";
  const keys = KEYS[type];
  if (keys === undefined) {
    throw refusal(
      written,
      `hawser has no mounts of type ${JSON.stringify(type)}`,
      "write type=bind or type=tmpfs",
    );
  }
  for (const key of fields.keys()) {
    if (!keys.includes(key))
      throw refusal(written, `a ${type} mount has no ${JSON.stringify(key)}`, `use ${keys.join(", ")}`);
  }
  const target = mountTarget(written, fields.get("target") ?? "");
  const isReadOnly = truth(written, "readonly", fields.get("readonly"));
  if (type === "tmpfs") {
    const size = fields.get("tmpfs-size");
    const mode = fields.get("tmpfs-mode");
    if (mode !== undefined && !/^[0-7]{3,4}$/.test(mode))
      throw refusal(written, "tmpfs-mode is no mode", "write one such as 1777");
    const options = [
      ...(isReadOnly ? ["ro"] : []),
      ...(size === undefined ? [] : [`size=${parseMemorySize(flag, size)}`]),
      ...(mode === undefined ? [] : [`mode=${mode}`]),
    ];
    return { ...written, kind: "tmpfs", target, options };
  }
  const source = fields.get("source") ?? "";
  if (!isAbsolute(source) && !/^\.\.?(\/|$)/.test(source)) {
    throw refusal(written, "the source is no path", "write source=/… or source=./…");
  }
  return {
    ...written,
    kind: "bind",
    source: resolve(cwd, source),
    target,
    isReadOnly,
    isRecursive: !truth(written, "bind-nonrecursive", fields.get("bind-nonrecursive")),
    propagation: propagationOf(written, fields.get("bind-propagation")),
  };
}

function propagationOf(written: Written, word: string | undefined): Propagation | undefined {
  if (word === undefined || isPropagation(word)) return word;
  throw refusal(
    written,
    `there is no propagation ${JSON.stringify(word)}`,
    "use rprivate, rshared or rslave",
  );
}

function truth(written: Written, key: string, text: string | undefined): boolean {
  if (text === undefined || text === "false" || text === "0") return false;
  if (text === "" || text === "true" || text === "1") return true;
  throw refusal(written, `${key} is true or false`);
}

function fieldsOf(written: Written, value: string): Map<string, string> {
  const fields = new Map<string, string>();
  // A field is quoted as a whole, with "" for a quote, or holds neither comma nor quote.
  if (!/^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*$/.test(value)) {
    throw refusal(written, "its quotes do not match", 'quote a whole field, as in "source=/a,b"');
  }
  for (const [, quoted, bare] of value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)) {
    const field = quoted?.replaceAll('""', '"') ?? bare ?? "";
    const end = field.indexOf("=");
    const word = (end < 0 ? field : field.slice(0, end)).trim().toLowerCase();
    const key = ALIASES[word] ?? word;
    if (key === "") throw refusal(written, "a field is empty", "write key=value, with commas between");
    if (fields.has(key)) throw refusal(written, `${key} is there twice`, "write it once");
    fields.set(key, end < 0 ? "" : field.slice(end + 1));
  }
  return fields;
}
