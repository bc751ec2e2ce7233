// How a shim is doing, as a pure function from what was seen to what is to be believed and done. A shim that does not
// answer is not dead: it may be stopped, swapped out, or on a machine that is. It is shown as unresponsive, asked again
// more and more rarely, and nothing is taken away from it. Only the end of its connection together with the end of its
// process is its death.

/** What is believed of a shim. `gone` is final. */
export type Health = "connecting" | "ok" | "unresponsive" | "gone";

/** What can be seen of a shim. */
export type Sighting =
  /** It took a connection and answered. */
  | "connected"
  /** Any answer, an error of its own included. */
  | "answered"
  /** A call was not answered in its time. */
  | "late"
  /** The probe that exists to be answered at once was not. */
  | "silent"
  /** Its connection ended and its process with it, or nobody listens at its socket. */
  | "dead";

/** What is to be done about it. */
export type Measure = "probe" | "warn" | "rejoice" | "clean-up";

/** A shim's state. */
export interface Supervision {
  readonly health: Health;
  /** Since when. */
  readonly since: Date;
  /** Probes in a row without an answer. */
  readonly missed: number;
}

/** What a sighting makes of the state, and what it asks for. */
export interface Verdict {
  readonly next: Supervision;
  readonly measures: readonly Measure[];
}

/** Probes that have to be missed before a shim is called unresponsive: one may hit a collection of garbage. */
export const MISSED_BEFORE_UNRESPONSIVE = 2;

/** The state of a shim that nobody has talked to yet. */
export function unseen(at: Date): Supervision {
  return { health: "connecting", since: at, missed: 0 };
}

/** Judges a sighting. */
export function judge(state: Supervision, sighting: Sighting, at: Date): Verdict {
  const { health, missed } = state;
  if (health === "gone") return { next: state, measures: [] };
  switch (sighting) {
    case "dead":
      return { next: { health: "gone", since: at, missed }, measures: ["clean-up"] };
    case "connected":
    case "answered": {
      if (health === "ok") return { next: { ...state, missed: 0 }, measures: [] };
      const measures: Measure[] = health === "unresponsive" ? ["rejoice"] : [];
      return { next: { health: "ok", since: at, missed: 0 }, measures };
    }
    case "late":
      // A long call says nothing about the shim: an OCI runtime may hang. The probe tells.
      return { next: state, measures: ["probe"] };
    case "silent": {
      const isTold = health === "unresponsive";
      const isOver = health === "connecting" || missed + 1 >= MISSED_BEFORE_UNRESPONSIVE;
      if (isTold || !isOver)
        return { next: { ...state, missed: missed + 1 }, measures: isTold ? [] : ["probe"] };
      return { next: { health: "unresponsive", since: at, missed: missed + 1 }, measures: ["warn"] };
    }
  }
}

/**
 * How long to wait before the next probe, in milliseconds. A shim that is well is asked every half a minute, one that is
 * not after 1, 2, 4 … 30 s. `chance` (0 to 1) spreads the probes of many shims.
 */
export function probePause({ health, missed }: Supervision, chance: number): number {
  const base = health === "ok" && missed === 0 ? 30_000 : Math.min(1000 * 2 ** Math.min(missed, 5), 30_000);
  return base * (0.75 + chance / 2);
}
