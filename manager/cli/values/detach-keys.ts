// `--detach-keys`: the keys that leave a process running, as docker writes them: `ctrl-p,ctrl-q`, `a,b`, `DEL`; `none` for no keys.
import { refusal } from "../../oci/refusal.ts";

/** What a terminal sends for ctrl with a sign that is no letter. */
const CONTROLS: Readonly<Record<string, number>> = { "@": 0, "[": 27, "\\": 28, "]": 29, "^": 30, _: 31 };
const DELETE = 127;

/** Longer ones are a mistake. */
const MAX_KEYS = 16;

/** The bytes of the keys; none for `none`. */
export function parseDetachKeys(flag: string, value: string): Uint8Array {
  if (value === "none") return new Uint8Array(0);
  const keys = value.split(",");
  if (keys.length > MAX_KEYS) throw refusal({ flag, value }, `more than ${MAX_KEYS} keys`, "write fewer");
  return Uint8Array.from(keys, (key) => {
    const byte = byteOf(key);
    if (byte !== undefined) return byte;
    const advice = "write letters, or ctrl- with a letter or one of @ [ \\ ] ^ _, with commas between them";
    throw refusal({ flag, value }, `${JSON.stringify(key)} is no key`, advice);
  });
}

function byteOf(key: string): number | undefined {
  if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
  if (key.toUpperCase() === "DEL") return DELETE;
  const [, control] = /^ctrl-(.)$/i.exec(key) ?? [];
  if (control === undefined) return undefined;
  if (/[a-z]/i.test(control)) return control.toLowerCase().charCodeAt(0) - 96;
  return CONTROLS[control];
}
