// A log for tests in which nobody reads one.
import type { Log } from "../../manager/log.ts";

const forget = () => undefined;

/** Forgets everything. */
export const NO_LOG: Log = {
  debug: forget,
  info: forget,
  warn: forget,
  error: forget,
  with: () => NO_LOG,
};
