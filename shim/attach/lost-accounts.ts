// The input accounts of sessions that are over and may come back, by number and user: whoever goes on with one sends nothing twice.
// Bounded: the oldest goes, and its client is told that nobody knows.
import type { InputAccount } from "./input-queue.ts";
import type { SessionSide } from "./sides.ts";

/** Accounts that are kept. */
const MAX_ACCOUNTS = 64;

/** Accounts of one process. */
export class LostAccounts {
  readonly #accounts = new Map<string, InputAccount>();

  /** Keeps that of a session that is over. */
  keep({ id, uid, account }: Pick<SessionSide, "id" | "uid" | "account">): void {
    const key = keyOf(id, uid);
    // Behind the others: it is the latest.
    this.#accounts.delete(key);
    this.#accounts.set(key, account);
    for (const oldest of this.#accounts.keys()) {
      if (this.#accounts.size <= MAX_ACCOUNTS) break;
      this.#accounts.delete(oldest);
    }
  }

  /** That of a session, once; undefined when there is none (any more). */
  take(id: bigint, uid: number): InputAccount | undefined {
    const key = keyOf(id, uid);
    const account = this.#accounts.get(key);
    this.#accounts.delete(key);
    return account;
  }
}

function keyOf(id: bigint, uid: number): string {
  return `${id} ${uid}`;
}
