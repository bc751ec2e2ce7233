// Who may ask `hawser web` for what. The page stands for root's terminals, and any page in the same browser can send requests to
// this machine; so a request must name us as we are called (against names that were made to point here), come from our own
// page, and, but for the page itself, carry the cookie that only whoever has the token was given. Pure.
import { createHmac, timingSafeEqual } from "node:crypto";

/** What of a request is looked at. */
export interface AccessRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: what the browser says of the page that asks. */
  readonly fetchSite: string | undefined;
  readonly cookie: string | undefined;
  readonly isUpgrade: boolean;
}

/** What is known here. */
export interface AccessRules {
  /** `127.0.0.1:8080`, `localhost:8080`. */
  readonly hosts: ReadonlySet<string>;
  readonly cookieName: string;
  readonly cookieValue: string;
  /** Paths of the page itself, which hold no secret. */
  readonly isPublic: (path: string) => boolean;
}

/** A refusal: a status, and why. */
export interface Refusal {
  readonly status: 401 | 403 | 405 | 421;
  readonly reason: string;
}

/** Judges a request; undefined lets it pass. */
export function refusalOf(request: AccessRequest, rules: AccessRules): Refusal | undefined {
  const { method, path, host, origin, fetchSite, cookie, isUpgrade } = request;
  if (host === undefined || !rules.hosts.has(host)) {
    return {
      status: 421,
      reason: `this is not ${JSON.stringify(host ?? "")}; ask for ${[...rules.hosts][0]}`,
    };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, reason: `pages of ${JSON.stringify(origin)} may not ask` };
  }
  const isReading = method === "GET" || method === "HEAD";
  if (!isReading && method !== "POST")
    return { status: 405, reason: `${method} is nothing that is done here` };
  // Browsers say where these come from, always.
  if ((isUpgrade || !isReading) && origin === undefined) {
    return { status: 403, reason: "it does not say which page asks" };
  }
  // A link to the page may stand anywhere.
  if (isReading && !isUpgrade && rules.isPublic(path)) return undefined;
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") {
    return { status: 403, reason: "another page may not ask" };
  }
  if (path === LOGIN_PATH && method === "POST") return undefined;
  if (isSame(cookieOf(cookie, rules.cookieName), rules.cookieValue)) return undefined;
  return { status: 401, reason: "open the address that `hawser web` has printed" };
}

/** Where the token is taken. */
export const LOGIN_PATH = "/login";

/** The value of the cookie that a token is worth; it does not tell the token. */
export function cookieValueOf(token: string): string {
  return createHmac("sha256", token).update("hawser web: cookie").digest("base64url");
}

/** Whether two secrets are the same, in a time that does not tell how much of them is. */
export function isSame(given: string | undefined, wanted: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const [key = "", ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}
