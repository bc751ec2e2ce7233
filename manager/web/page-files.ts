// The files of the page, and with which headers they go out. There are three, made by scripts/build.ts from manager/web/page;
// nothing else of the disk can be asked for.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";

const FILES: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  "/page.js": { name: "page.js", type: "text/javascript; charset=utf-8" },
  "/page.css": { name: "page.css", type: "text/css; charset=utf-8" },
};

/** With every answer. Scripts come from here alone and none is in the page; xterm.js makes style sheets as it goes. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cache-Control": "no-store",
};

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Whether the page has this path. */
export function isPagePath(path: string): boolean {
  return Object.hasOwn(FILES, path);
}

/** Reads one, from the directory of the build. Undefined for what there is not; throws FailedPrecondition when it was not built. */
export async function readPageFile(dir: string, path: string): Promise<PageFile | undefined> {
  const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (file === undefined) return undefined;
  try {
    return { type: file.type, bytes: await readFile(join(dir, file.name)) };
  } catch (cause) {
    const message = `read the page "${join(dir, file.name)}": ${messageOf(cause)}; run: npm run build`;
    throw new HawserError(Code.FailedPrecondition, message, { cause });
  }
}
