// What a shim answers where the protocol leaves it open, or where containerd's Go shim answers otherwise than hawser promises.
// The suite is the same for all; each row here says why there is a difference.

import { Code } from "../../../proto/errors.ts";

/** One shim's answers. */
export interface Expectations {
  /** A call that the state of the container forbids. The Go shim says Unknown with a text. */
  readonly wrongState: Code;
  /** Create with an id that is taken. The Go shim lets the OCI runtime refuse it. */
  readonly duplicateCreate: Code;
  /** A signal that there is not. The Go shim lets the OCI runtime refuse it. */
  readonly badSignal: Code;
  /** Update with something that is not JSON. */
  readonly updateGarbage: Code;
  /** Options of Create of a type that is neither runc's nor the generic one. */
  readonly strangeOptions: Code;
  /** Stdout without stderr and without a terminal. The Go shim opens the empty path and fails. */
  readonly acceptsMissingStderr: boolean;
  /** Generic runtime options in Create. The Go shim refuses them. */
  readonly acceptsGenericOptions: boolean;
  /** The OOM event comes before the exit event. The Go shim leaves it to chance. */
  readonly publishesOomFirst: boolean;
  /** What happened while the manager was away comes in order. The Go shim tries five times, each event for itself. */
  readonly keepsOrderWhileAway: boolean;
  /** After a shim's death its socket stays, although `delete` was run. The next `start` takes it over. */
  readonly leavesDeadSocket: boolean;
  /** `delete` succeeds where no container ever was. The Go shim misses a file that Create writes. */
  readonly deletesWhatNeverWas: boolean;
  /** `delete` of a container whose shim lives. The Go shim keeps what it knows of the container, and itself. */
  readonly deleteTellsLivingShim: boolean;
  /** Start of an exec after init's exit. The Go shim of 1.6 lets the OCI runtime refuse it. */
  readonly execAfterInit: Code;
  /** A Create that fails after the OCI runtime has made the container removes it. The Go shim leaves that to `delete`. */
  readonly undoesLateFailures: boolean;
  /** A file has all that was written when Delete answers. The Go shim now and then lacks one stream's last bytes. */
  readonly filesAreWhole: boolean;
  /** CloseIO of an exec that there is not. */
  readonly unknownExecCloseIo: Code;
  /** A logger that ends before it is ready fails Create. The Go shim takes the closed pipe for readiness. */
  readonly noticesDeadLogger: boolean;
  /** What CloseIO does to a terminal: the process reads its end, or the Go shim hangs up and SIGHUP is sent. */
  readonly terminalCloseIo: "end" | "hang-up";
  /** Events that may come at any time without a reason: on cgroup v1 the Go shim takes a removed cgroup for an OOM. */
  readonly groundless: readonly string[];
  /** A second Start of a running exec is refused and changes nothing. The Go shim then reports its exit twice. */
  readonly refusesSecondExecStart: boolean;
}

export const hawser: Expectations = {
  wrongState: Code.FailedPrecondition,
  duplicateCreate: Code.AlreadyExists,
  badSignal: Code.InvalidArgument,
  updateGarbage: Code.InvalidArgument,
  strangeOptions: Code.InvalidArgument,
  acceptsMissingStderr: true,
  acceptsGenericOptions: true,
  publishesOomFirst: true,
  keepsOrderWhileAway: true,
  leavesDeadSocket: false,
  deletesWhatNeverWas: true,
  deleteTellsLivingShim: true,
  execAfterInit: Code.FailedPrecondition,
  undoesLateFailures: true,
  filesAreWhole: true,
  unknownExecCloseIo: Code.NotFound,
  noticesDeadLogger: true,
  terminalCloseIo: "end",
  groundless: [],
  refusesSecondExecStart: true,
};

export const goShim: Expectations = {
  wrongState: Code.Unknown,
  duplicateCreate: Code.Unknown,
  badSignal: Code.Unknown,
  updateGarbage: Code.Unknown,
  strangeOptions: Code.Unknown,
  acceptsMissingStderr: false,
  acceptsGenericOptions: false,
  publishesOomFirst: false,
  keepsOrderWhileAway: false,
  leavesDeadSocket: true,
  deletesWhatNeverWas: false,
  deleteTellsLivingShim: false,
  execAfterInit: Code.Unknown,
  undoesLateFailures: false,
  filesAreWhole: false,
  unknownExecCloseIo: Code.Unknown,
  noticesDeadLogger: false,
  terminalCloseIo: "hang-up",
  groundless: ["oom"],
  refusesSecondExecStart: false,
};
