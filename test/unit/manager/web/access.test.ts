import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AccessRequest,
  type AccessRules,
  cookieValueOf,
  isSame,
  refusalOf,
} from "../../../../manager/web/access.ts";

const HOST = "127.0.0.1:8080";
const ORIGIN = `http://${HOST}`;
const value = cookieValueOf("token");
const rules: AccessRules = {
  hosts: new Set([HOST, "localhost:8080"]),
  cookieName: "hawser-web-8080",
  cookieValue: value,
  isPublic: (path) => path === "/" || path === "/page.js",
};
const good = `other=1; hawser-web-8080=${value}`;

const cases: readonly [request: Partial<AccessRequest>, status: number | undefined, why: string][] = [
  [{ path: "/" }, undefined, "the page holds no secret"],
  [{ path: "/", fetchSite: "cross-site" }, undefined, "a link to it may stand anywhere"],
  [{ path: "/", method: "HEAD" }, undefined, "nor does its size"],
  [{ path: "/", host: "evil.example:8080" }, 421, "a name that was made to point here"],
  [{ path: "/", host: "127.0.0.1" }, 421, "another port"],
  [{ path: "/", host: undefined }, 421, "no name"],
  [{ path: "/", host: "localhost:8080" }, undefined, "our other name"],
  [{ path: "/", origin: "http://evil.example" }, 403, "a script of another page"],
  [{ path: "/", origin: "null" }, 403, "a page that hides where it is from"],
  [{ path: "/", origin: "http://localhost:8080" }, 403, "our other name is another origin"],
  [{ path: "/", method: "PUT", origin: ORIGIN, cookie: good }, 405, "nothing is put"],
  [{ path: "/", method: "OPTIONS", origin: ORIGIN }, 405, "nobody else is let in by a preflight"],
  [{ path: "/login", method: "POST", origin: ORIGIN }, undefined, "there the token is judged"],
  [{ path: "/login", method: "POST" }, 403, "a browser says where it comes from"],
  [{ path: "/login", method: "POST", origin: ORIGIN, fetchSite: "cross-site" }, 403, "it contradicts itself"],
  [{ path: "/login" }, 401, "the token is not read from there"],
  [{ path: "/session" }, 401, "no cookie"],
  [{ path: "/session", cookie: good }, undefined, "the cookie"],
  [{ path: "/session", cookie: good, fetchSite: "same-site" }, 403, "another port of this machine"],
  [{ path: "/session", cookie: `hawser-web-8080=${value}x` }, 401, "a cookie that is longer"],
  [{ path: "/session", cookie: "hawser-web-8080=" }, 401, "an empty one"],
  [{ path: "/session", cookie: `hawser-web-9=${value}` }, 401, "the cookie of another port"],
  [
    { path: "/../../etc/passwd", cookie: undefined },
    401,
    "what is not of the page needs the cookie, whatever it is",
  ],
  [{ path: "/states", isUpgrade: true, origin: ORIGIN, cookie: good }, undefined, "a WebSocket of our page"],
  [{ path: "/states", isUpgrade: true, cookie: good }, 403, "one that does not say whose it is"],
  [
    { path: "/states", isUpgrade: true, origin: "http://evil.example", cookie: good },
    403,
    "one of another page",
  ],
  [{ path: "/states", isUpgrade: true, origin: ORIGIN }, 401, "one without the cookie"],
  [{ path: "/", isUpgrade: true, origin: ORIGIN }, 401, "what is public is so for reading alone"],
];

for (const [request, status, why] of cases) {
  test(`refusalOf(${JSON.stringify(request)}) is ${status ?? "none"}: ${why}`, () => {
    const whole: AccessRequest = {
      ...{ method: "GET", path: "/", host: HOST, origin: undefined, fetchSite: undefined, cookie: undefined },
      isUpgrade: false,
      ...request,
    };
    assert.equal(refusalOf(whole, rules)?.status, status);
  });
}

test("the cookie does not tell the token, and another token makes another", () => {
  assert.ok(!value.includes("token"));
  assert.notEqual(cookieValueOf("token2"), value);
});

test("isSame() takes texts of any length", () => {
  assert.ok(isSame("a", "a"));
  for (const given of [undefined, "", "b", "aa"]) assert.ok(!isSame(given, "a"));
});
