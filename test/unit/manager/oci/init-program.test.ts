import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findInitProgram } from "../../../../manager/oci/init-program.ts";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

/** A directory of programs: from a file that exists, or with this text. */
function bin(programs: Record<string, { from?: string; text?: string; mode?: number }>): string {
  const dir = join(suite.dir, suite.newId());
  mkdirSync(dir);
  for (const [name, { from, text = "", mode = 0o755 }] of Object.entries(programs)) {
    const path = join(dir, name);
    if (from === undefined) writeFileSync(path, text);
    else copyFileSync(from, path);
    chmodSync(path, mode);
  }
  return dir;
}

const STATIC = "/bin/busybox";
const DYNAMIC = process.execPath;

const fails = (dir: string, message: RegExp) =>
  assert.throws(
    () => findInitProgram([dir]),
    (error: Error) => isFailedPrecondition(error) && message.test(error.message),
  );

test("a static init is found, in the order of preference", () => {
  const dir = bin({ tini: { from: STATIC }, catatonit: { from: STATIC } });
  assert.equal(findInitProgram(["/nowhere", dir]), join(dir, "catatonit"));
});

test("one that needs libraries is passed over, and named when there is no other", () => {
  const both = bin({ "docker-init": { from: DYNAMIC }, tini: { from: STATIC } });
  assert.equal(findInitProgram([both]), join(both, "tini"));
  fails(bin({ tini: { from: DYNAMIC } }), /^--init: .*\/tini needs libraries .*; install the package tini/);
  fails(bin({ tini: { text: "#!/bin/sh\n" } }), /needs libraries/);
});

test("without any, the error says what to install", () => {
  const message = /^--init: none of docker-init, tini-static, catatonit, tini is installed; install/;
  fails(bin({}), message);
  fails(bin({ tini: { from: STATIC, mode: 0o644 } }), message);
});
