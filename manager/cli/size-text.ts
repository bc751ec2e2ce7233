// Sizes for people: "4.26MB", as docker writes them, with powers of 1000 and three digits; and with powers of 1024 where memory is
// meant. Pure.

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in powers of 1000. */
export function formatSize(bytes: number | bigint): string {
  return scaled(Number(bytes), 1000, DECIMAL, 3);
}

/** Bytes in powers of 1024, for memory. */
export function formatMemory(bytes: number | bigint): string {
  return scaled(Number(bytes), 1024, BINARY, 4);
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let at = 0;
  // What would be rounded to the next unit is in the next unit.
  while (at < units.length - 1 && Number(value.toPrecision(digits)) >= base) {
    value /= base;
    at++;
  }
  return `${Number(value.toPrecision(digits))}${units[at]}`;
}
