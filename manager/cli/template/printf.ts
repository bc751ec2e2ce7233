// Go's printf, as far as templates need it: %s %v %q %d %x %X %t %f %e %g and %%, with -, 0, width and precision. Pure.
import { show, type Value } from "./values.ts";

/** Widest field. Characters. */
const MAX_WIDTH = 1_000;

/** Prints values by a format. A value that is missing shows as Go shows it; what is too much is left out. */
export function formatted(format: string, values: readonly Value[]): string {
  let next = 0;
  return format.replaceAll(
    /%([-0+]*)(\d{0,4})(?:\.(\d{1,3}))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const text = one(verb, values[next++], precision === undefined ? undefined : Number(precision), flags);
      const columns = Math.min(Number(width), MAX_WIDTH);
      if (flags.includes("-")) return text.padEnd(columns);
      if (!flags.includes("0") || !/[dfxXeg]/.test(verb)) return text.padStart(columns);
      const sign = /^[+-]/.exec(text)?.[0] ?? "";
      return sign + text.slice(sign.length).padStart(columns - sign.length, "0");
    },
  );
}

function one(verb: string, value: Value, precision: number | undefined, flags: string): string {
  const plus = flags.includes("+") && Number(value) >= 0 ? "+" : "";
  switch (verb) {
    case "s":
      return precision === undefined ? show(value) : [...show(value)].slice(0, precision).join("");
    case "v":
    case "t":
      return show(value);
    case "q":
      return JSON.stringify(show(value));
    case "d":
      return typeof value === "bigint" || Number.isInteger(value)
        ? `${plus}${String(value)}`
        : wrong(verb, value);
    case "x":
    case "X": {
      const isNumber = typeof value === "bigint" || Number.isInteger(value);
      const hex = isNumber ? BigInt(value as number).toString(16) : Buffer.from(show(value)).toString("hex");
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    case "f":
      return isFiniteNumber(value) ? `${plus}${Number(value).toFixed(precision ?? 6)}` : wrong(verb, value);
    case "e":
      return isFiniteNumber(value) ? Number(value).toExponential(precision ?? 6) : wrong(verb, value);
    case "g":
      return isFiniteNumber(value) ? String(Number(value)) : wrong(verb, value);
    default:
      return wrong(verb, value);
  }
}

function isFiniteNumber(value: Value): boolean {
  return typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
}

function wrong(verb: string, value: Value): string {
  return `%!${verb}(${show(value)})`;
}
