// Restart policies, with docker's words and docker's meaning: what they are, whether a container that has ended is to be
// started again, and after which pause. Pure.
import { Code, HawserError } from "../../proto/errors.ts";

/** Whether, and when, a container is started again that has ended. */
export type RestartPolicy =
  | { readonly name: "no" | "always" | "unless-stopped" }
  /** At most `maxRetries` times; 0: without end. */
  | { readonly name: "on-failure"; readonly maxRetries: number };

/** How a container has ended, as far as a policy looks at it. */
export interface RestartSituation {
  /** Somebody has stopped or killed it. */
  readonly isExplicitlyStopped: boolean;
  readonly exitStatus: number;
  /** It ended with the machine. */
  readonly isLost: boolean;
  /** How long it ran. Milliseconds. */
  readonly ranMs: number;
  /** How often it has been started again since somebody started it. */
  readonly count: number;
  /** The pause before the last of them; 0: there was none. Milliseconds. */
  readonly delayMs: number;
}

/** The first pause, and the longest. Milliseconds. */
export const FIRST_DELAY_MS = 100;
export const MAX_DELAY_MS = 60_000;

/** Whoever ran so long is not blamed for what was before. Milliseconds. */
const RECOVERED_MS = 10_000;

/** Reads `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:5`. Throws InvalidArgument that says what there is. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const refuse = (flaw: string): never => {
    const known = "no, always, unless-stopped, on-failure and on-failure:5";
    throw new HawserError(
      Code.InvalidArgument,
      `read restart policy ${JSON.stringify(text)}: ${flaw}; there are ${known}`,
    );
  };
  const [name, retries, ...rest] = text.split(":");
  if (rest.length > 0) return refuse("it has two colons");
  switch (name) {
    case "no":
    case "always":
    case "unless-stopped":
      return retries === undefined ? { name } : refuse(`"${name}" takes no number of retries`);
    case "on-failure":
      if (retries === undefined) return { name, maxRetries: 0 };
      if (!/^\d{1,9}$/.test(retries)) return refuse("the retries are no whole number");
      return { name, maxRetries: Number(retries) };
    default:
      return refuse("there is no such policy");
  }
}

/** The pause after which the container is to be started again, in milliseconds; undefined: it is not. */
export function decideRestart(policy: RestartPolicy, situation: RestartSituation): number | undefined {
  return isRestarted(policy, situation) ? nextDelay(situation) : undefined;
}

/** The pause before the next try: twice the last, from a tenth of a second to a minute. Milliseconds. */
export function nextDelay({ ranMs, delayMs }: Pick<RestartSituation, "ranMs" | "delayMs">): number {
  if (delayMs === 0 || ranMs >= RECOVERED_MS) return FIRST_DELAY_MS;
  return Math.min(delayMs * 2, MAX_DELAY_MS);
}

function isRestarted(policy: RestartPolicy, situation: RestartSituation): boolean {
  if (situation.isExplicitlyStopped || policy.name === "no") return false;
  if (policy.name !== "on-failure") return true;
  // A machine that went down is no failure of the container's: docker, too, starts only the other two with its daemon.
  if (situation.isLost || situation.exitStatus === 0) return false;
  return policy.maxRetries === 0 || situation.count < policy.maxRetries;
}
