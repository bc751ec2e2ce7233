// Leaving the manager's session: signals to its process group, and a terminal's hang-up, do not reach the shim.
import { libcFunction } from "../sys/libc.ts";

/** setsid(2): a session and a process group of our own. A process that leads its group already stays as it is. */
export function leaveSession(): void {
  libcFunction("setsid", "int", [])();
}
