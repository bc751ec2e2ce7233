// Signals as a person writes them: "SIGTERM", "term", "15", "SIGRTMIN+3".
import { signalNumber } from "../../../sys/signal.ts";
import { refusal } from "../../oci/refusal.ts";

/** The number of a signal. 0 is none that can be sent. */
export function parseSignal(flag: string, value: string): number {
  const number = signalNumber(value);
  if (number !== undefined && number > 0) return number;
  throw refusal(
    { flag, value },
    "there is no such signal",
    "write a name such as TERM, or a number from 1 to 64",
  );
}
