// Whose window a terminal is as large as, when several look at it: that of the session that was active last, which is the one
// that typed or changed its size last. When it goes, that of the one before it. Pure.

/** What the decision looks at. */
export interface SizedSession {
  /** In characters; undefined until the session has told it. */
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  /** Rises with every activity of any session; 0: it was never active. */
  readonly activity: number;
  /** It only looks on, or wishes to have no say. */
  readonly hasNoSay: boolean;
}

/** The size that the terminal is to have; undefined: as it is. */
export function decideSize(sessions: Iterable<SizedSession>): SizedSession["size"] {
  let latest: SizedSession | undefined;
  for (const session of sessions) {
    if (session.hasNoSay || session.size === undefined) continue;
    if (latest === undefined || session.activity > latest.activity) latest = session;
  }
  return latest?.size;
}
