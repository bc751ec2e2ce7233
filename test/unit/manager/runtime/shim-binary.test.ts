import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type ShimInvocation, startShim } from "../../../../manager/runtime/shim-binary.ts";
import { isUnavailable } from "../../../../proto/errors.ts";
import { Any } from "../../../../proto/gen/any.ts";
import { BootstrapParams, LogLevel } from "../../../../proto/gen/bootstrap.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

/** A shim's program that is a shell script. */
async function program(script: string): Promise<ShimInvocation> {
  const id = suite.newId();
  const bundleDir = join(suite.dir, id);
  await mkdir(bundleDir);
  const binary = join(bundleDir, "shim");
  await writeFile(binary, `#!/bin/sh\n${script}\n`);
  await chmod(binary, 0o755);
  return { binary, namespace: "ns", id, bundleDir, grpcAddress: "/run/g", ttrpcAddress: "/run/t" };
}

test("startShim() takes what `start` printed for the shim's address", async () => {
  const endpoint = await startShim(await program("echo unix:///run/x.sock"));
  assert.deepEqual(endpoint, { version: 2, address: "unix:///run/x.sock", protocol: "ttrpc" });
});

test("startShim() starts a shim that refuses the old way in the new one", async () => {
  const invocation = await program(`if [ ! -e old ]; then
    cat >old
    echo "shim: shim was started through the deprecated API but was built against the new API" >&2
    exit 1
  fi
  cat >new
  echo unix:///run/x.sock`);
  const options = { typeUrl: "some.Options", value: new Uint8Array([8, 1]) };
  const asked = { ...invocation, options, socketDir: "/run/s", isDebug: true };
  assert.equal((await startShim(asked)).address, "unix:///run/x.sock");
  const read = (name: string) => readFile(join(invocation.bundleDir, name));
  assert.deepEqual(Any.decode(await read("old")), options);
  assert.deepEqual(
    BootstrapParams.decode(await read("new")),
    BootstrapParams.create({
      instanceId: invocation.id,
      namespace: "ns",
      logLevel: LogLevel.DEBUG,
      containerdTtrpcAddress: "/run/t",
      containerdGrpcAddress: "/run/g",
      extensions: [{ value: options }],
      socketDir: "/run/s",
    }),
  );
});

test("startShim() fails with what a shim printed that does not start", async () => {
  await assert.rejects(startShim(await program("echo no room >&2; exit 3")), (error: Error) => {
    assert.ok(isUnavailable(error));
    assert.match(error.message, /^start shim of container ".*": no room$/);
    return true;
  });
});

test("startShim() gives up on a shim that hangs", async () => {
  const hanging = startShim(await program("echo unix:///run/x.sock; sleep 60"), AbortSignal.timeout(100));
  await assert.rejects(hanging, /: canceled$/);
});

test("startShim() gives up on a shim that exits well and leaves somebody with its output", async () => {
  // In a session of its own: the group of what was started is empty when time is up.
  const script = `setsid sh -c 'echo $$ >pid; exec sleep 60' <&- & echo unix:///run/x.sock`;
  const invocation = await program(`${script}; until [ -s pid ]; do :; done`);
  try {
    await assert.rejects(startShim(invocation, AbortSignal.timeout(500)), /: canceled$/);
  } finally {
    process.kill(Number(await readFile(join(invocation.bundleDir, "pid"), "utf8")), "SIGKILL");
  }
});

test("startShim() does not wait when its signal has fired already", async () => {
  await assert.rejects(startShim(await program("sleep 60"), AbortSignal.abort()), /: canceled$/);
});
