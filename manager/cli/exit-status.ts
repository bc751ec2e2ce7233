// How a command ends otherwise than well, when it wants to say more than "it failed". The numbers are docker's.

/** Hawser itself, not the container: a flag is wrong, or hawserd cannot be reached. */
export const EXIT_HAWSER = 125;
/** The program in the container is there and cannot be run. */
export const EXIT_NOT_EXECUTABLE = 126;
/** There is no such program in the container. */
export const EXIT_NOT_FOUND = 127;
/** What a shell says of a process that a signal ended, without the signal's number. */
export const EXIT_SIGNAL_BASE = 128;

/** Ends the command with a status. The message, if there is one, is said on standard error as any error's is. */
export class ExitStatus extends Error {
  readonly status: number;

  /** `message` is empty when everything has been said, as after the end of a container's process. */
  constructor(status: number, message = "", options?: ErrorOptions) {
    super(message, options);
    this.name = "ExitStatus";
    this.status = status;
  }
}
