import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pack } from "../../../../proto/any.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";
import { CheckpointOptions, Options } from "../../../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../../../proto/gen/runtime-options.ts";
import {
  decodeOptions,
  MAX_CONFIG_BYTES,
  noOptions,
  optionsFromJson,
  optionsToJson,
  parseToml,
  readOptions,
  writeOptions,
} from "../../../../shim/oci/options.ts";

const dir = mkdtempSync(join(tmpdir(), "hawser-options-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const bytes = (text: string) => new TextEncoder().encode(text);
const refuses = (pattern: RegExp) => (error: unknown) =>
  isInvalidArgument(error) && pattern.test((error as Error).message);

test("decodeOptions() of nothing, or of an empty Any, is no options", () => {
  assert.deepEqual(decodeOptions(undefined), noOptions());
  assert.deepEqual(decodeOptions({ typeUrl: "", value: new Uint8Array() }), noOptions());
});

test("decodeOptions() takes runc's options, with whatever stands before the type's name", () => {
  const options = Options.create({ binaryName: "crun", ioUid: 7, systemdCgroup: true });
  const any = pack(Options, options);
  assert.deepEqual(decodeOptions(any), options);
  assert.deepEqual(decodeOptions({ ...any, typeUrl: `type.googleapis.com/${any.typeUrl}` }), options);
});

test("decodeOptions() takes generic options with a TOML body, and the body wins over the path", () => {
  const configPath = join(dir, "other.toml");
  writeFileSync(configPath, 'BinaryName = "other"\n');
  const any = pack(GenericOptions, { configPath, configBody: bytes('BinaryName = "crun"\nIoUid = 1000\n') });
  assert.deepEqual(decodeOptions(any), Options.create({ binaryName: "crun", ioUid: 1000 }));
});

test("decodeOptions() reads the TOML file that generic options name", () => {
  const configPath = join(dir, "options.toml");
  writeFileSync(configPath, "SystemdCgroup = true\n");
  assert.deepEqual(
    decodeOptions(pack(GenericOptions, { configPath })),
    Options.create({ systemdCgroup: true }),
  );
});

test("decodeOptions() takes generic options that say nothing", () => {
  assert.deepEqual(decodeOptions(pack(GenericOptions, { typeUrl: "x" })), noOptions());
});

test("decodeOptions() refuses another type by name, bytes that are none, and configurations missing or too large", () => {
  assert.throws(
    () => decodeOptions(pack(CheckpointOptions, {})),
    refuses(/"containerd\.runc\.v1\.CheckpointOptions"/),
  );
  assert.throws(
    () => decodeOptions({ typeUrl: Options.typeName, value: bytes("\xff\xff") }),
    isInvalidArgument,
  );
  assert.throws(
    () => decodeOptions(pack(GenericOptions, { configPath: join(dir, "missing.toml") })),
    refuses(/missing\.toml/),
  );
  const configBody = new Uint8Array(MAX_CONFIG_BYTES + 1);
  assert.throws(() => decodeOptions(pack(GenericOptions, { configBody })), refuses(/larger than/));
});

const toml: [name: string, text: string, options: Partial<Options>][] = [
  [
    "every key",
    'BinaryName="a"\nRoot="/r"\nSystemdCgroup=true\nNoPivotRoot=true\nNoNewKeyring=true\nIoUid=1\nIoGid=2\nShimCgroup="/c"\nCriuImagePath="/i"\nCriuWorkPath="/w"',
    {
      binaryName: "a",
      root: "/r",
      systemdCgroup: true,
      noPivotRoot: true,
      noNewKeyring: true,
      ioUid: 1,
      ioGid: 2,
      shimCgroup: "/c",
      criuImagePath: "/i",
      criuWorkPath: "/w",
    },
  ],
  [
    "comments, spaces and carriage returns",
    '# BinaryName = "no"\r\n  BinaryName   =  "crun" # yes\r\n',
    { binaryName: "crun" },
  ],
  ["literal strings", "Root = '/a\\b'", { root: "/a\\b" }],
  ["escapes", 'Root = "/a\\u0062\\tc"', { root: "/ab\tc" }],
  ["a hash in a string", 'Root = "/a#b"', { root: "/a#b" }],
  ["quoted keys", '"Root" = "/a"\n\'IoUid\' = 1_000', { root: "/a", ioUid: 1000 }],
  ["unknown keys", 'Shiny = [1, 2]\nPrivileged = {a = 1}\nRoot = "/a"', { root: "/a" }],
  ["other tables", 'Root = "/a"\n[other]\nRoot = "/b"\n[[more]]\nIoUid = 3', { root: "/a" }],
  [
    "the table of options",
    '[other]\nRoot = "/b"\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.x.options] # here\nRoot = "/a"',
    { root: "/a" },
  ],
  ["false and zero", "SystemdCgroup = false\nIoUid = 0", {}],
  ["garbage", "\u0000\u0001 = = [[[\nRoot\n=1\n", {}],
];
for (const [name, text, options] of toml) {
  test(`parseToml() of ${name}`, () => assert.deepEqual(parseToml(text, "x"), Options.create(options)));
}

for (const line of [
  "BinaryName = crun",
  "BinaryName = true",
  'SystemdCgroup = "true"',
  "IoUid = -1",
  "IoUid = 4294967296",
  'Root = "/a',
  'Root = """/a"""',
]) {
  test(`parseToml() refuses ${line}`, () => {
    const name = line.slice(0, line.indexOf(" "));
    assert.throws(() => parseToml(line, "config_body"), refuses(new RegExp(`config_body: ${name}`)));
  });
}

test("decodeOptions() reads regular files only: a fifo would make the shim wait for its writer", () => {
  const fifo = join(dir, "config.fifo");
  execFileSync("mkfifo", [fifo]);
  // With a writer and a byte in it, who opens it all the same is found out and not waited for.
  const fd = openSync(fifo, "r+");
  writeSync(fd, "BinaryName = 'crun'\n");
  for (const configPath of [fifo, "/dev/zero", dir]) {
    assert.throws(() => decodeOptions(pack(GenericOptions, { configPath })), refuses(/not a regular file/));
  }
  closeSync(fd);
});

test("optionsToJson() writes Go's names and leaves zero values out", () => {
  assert.equal(optionsToJson(noOptions()), "{}");
  const options = Options.create({ binaryName: "crun", noPivotRoot: true, ioUid: 5, criuWorkPath: "/w" });
  assert.equal(
    optionsToJson(options),
    '{"no_pivot_root":true,"io_uid":5,"binary_name":"crun","criu_work_path":"/w"}',
  );
});

test("optionsFromJson() reads what optionsToJson() and Go write, and passes over what is newer", () => {
  const options = Options.create({
    binaryName: "crun",
    root: "/r",
    systemdCgroup: true,
    ioGid: 9,
    taskApiVersion: 3,
  });
  assert.deepEqual(optionsFromJson(optionsToJson(options)), options);
  assert.deepEqual(
    optionsFromJson('{"binary_name":"runc","criu_path":"/x","new":{}}'),
    Options.create({ binaryName: "runc" }),
  );
});

test("optionsFromJson() refuses what is no JSON, and a field of another kind", () => {
  assert.throws(() => optionsFromJson("{"), refuses(/options\.json/));
  assert.throws(() => optionsFromJson('{"binary_name":1}'), refuses(/binary_name/));
  assert.deepEqual(optionsFromJson("null"), noOptions());
});

test("writeOptions() leaves a file for us alone, and readOptions() reads it; a missing one is no options", () => {
  assert.deepEqual(readOptions(dir), noOptions());
  const options = Options.create({ binaryName: "crun" });
  writeOptions(dir, options);
  assert.equal(statSync(join(dir, "options.json")).mode & 0o777, 0o600);
  assert.deepEqual(readOptions(dir), options);
});
