// `--dns`, `--dns-search` and `--dns-option`: words of resolv.conf(5). That is a file of lines, so a word that held a space or
// a line break would say something else in it.
import { isIP } from "node:net";
import { refusal } from "../../oci/refusal.ts";

/** A name server: an address, an IPv6 one with its zone if it has one. */
export function parseNameserver(flag: string, value: string): string {
  if (isIP(value) !== 0) return value;
  throw refusal({ flag, value }, "no address", "write one such as 10.0.0.1");
}

/** A domain, or an option. */
export function parseResolverWord(flag: string, value: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(value)) return value;
  throw refusal(
    { flag, value },
    "no word of resolv.conf(5)",
    "write one word, and the flag again for another",
  );
}
