import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import type { Codec, MethodDefinition } from "../../../proto/codec.ts";
import type { Any } from "../../../proto/gen/any.ts";
import type { Streaming } from "../../../proto/gen/streaming.ts";
import type { StateRequest, StateResponse, Task } from "../../../proto/gen/task.ts";
import { emitModule } from "../../../scripts/proto/emit.ts";
import { loadSchema } from "../../../scripts/proto/schema.ts";

const repo = join(import.meta.dirname, "../../..");

interface Outcome {
  code: number;
  output: string;
}

function generate(...args: string[]): Promise<Outcome> {
  const script = join(repo, "scripts/generate-proto.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** Runs `body` with a new directory that holds these .proto files. */
async function withProtos(
  files: Record<string, string>,
  body: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "hawser-proto-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(dir, path, ".."), { recursive: true });
      await writeFile(join(dir, path), `// A file.\nsyntax = "proto3";\n${text}`);
    }
    await body(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test("proto/gen is what the .proto files say", async () => {
  assert.deepEqual(await generate("--check"), { code: 0, output: "" });
});

test("--check names every stale, missing and left-over file, exits 1 and writes nothing", async () => {
  const message = "package p;\n// A message.\nmessage M {}";
  await withProtos({ "same.proto": message, "sub/changed.proto": "", "missing.proto": "" }, async (dir) => {
    assert.equal((await generate(dir)).code, 0);
    assert.deepEqual((await generate("--check", dir)).output, "");
    await writeFile(join(dir, "gen/changed.ts"), "// by hand\n");
    await rm(join(dir, "gen/missing.ts"));
    await writeFile(join(dir, "gen/left-over.ts"), "");

    const { code, output } = await generate("--check", dir);
    assert.equal(code, 1);
    for (const name of ["changed", "missing", "left-over"])
      assert.match(output, new RegExp(`gen/${name}\\.ts`));
    assert.match(output, /npm run gen/);
    assert.doesNotMatch(output, /same/);
    assert.equal(await readFile(join(dir, "gen/changed.ts"), "utf8"), "// by hand\n");

    assert.equal((await generate(dir)).code, 0);
    assert.deepEqual(await readdir(join(dir, "gen")), ["changed.ts", "missing.ts", "same.ts"]);
    assert.equal((await generate("--check", dir)).code, 0);
  });
});

test("loadSchema() refuses what the generator does not know, and says where", async () => {
  for (const [files, refusal] of [
    [{ "a.proto": "package p;\n// M.\nmessage M {\n// m.\nM m = 1; }" }, /a\.proto: p\.M contains itself/],
    [{ "a.proto": "package p;\nmessage M {}" }, /a\.proto: p\.M has no comment/],
    [{ "a.proto": "package p;\n// M.\nmessage M { string s = 1; }" }, /p\.M\.s has no comment/],
    [{ "a.proto": "package p;\n// M.\nmessage M {\n// m.\nmap<int32, string> m = 1; }" }, /p\.M\.m has keys/],
    [
      { "a.proto": "package p;\n// M.\nmessage M {\n// m.\nmap<string, int32> m = 1; }" },
      /p\.M\.m is a map of neither/,
    ],
    [{ "a.proto": "", "sub/a.proto": "" }, /sub\/a\.proto: a\.proto already gives/],
    [
      {
        "a.proto": "package p;\n// M.\nmessage M {}",
        "b.proto": "package p;\n// N.\nmessage N {\n// m.\nM m = 1; }",
      },
      /b\.proto: p\.N\.m uses p\.M: import "a\.proto"/,
    ],
    [{ "a.proto": "package p;\n// M.\nmessage M {}\n// M.\nservice M {}" }, /M/],
  ] as const) {
    await withProtos(files, async (dir) => {
      await assert.rejects(loadSchema(dir), refusal);
    });
  }
});

test("of a oneof, the member that comes last is the one that is read", async () => {
  const text = "package p;\n// M.\nmessage M {\noneof kind {\n// A.\nstring a = 1;\n// B.\nint32 b = 2; } }";
  await withProtos({ "a.proto": text }, async (dir) => {
    const [file] = await loadSchema(dir);
    assert.ok(file);
    // The module imports the runtime from the directory above its own.
    const code = emitModule(file).replaceAll('"../', `"${repo}/proto/`);
    await writeFile(join(dir, "a.ts"), code);
    const { M }: { M: Codec<{ a?: string; b?: number }> } = await import(join(dir, "a.ts"));
    assert.deepEqual(M.decode(Buffer.from("0a016110 05".replace(" ", ""), "hex")), { a: undefined, b: 5 });
    assert.deepEqual(M.decode(Buffer.from("10050a0161", "hex")), { a: "a", b: undefined });
    assert.equal(Buffer.from(M.encode({ b: 0 })).toString("hex"), "1000");
  });
});

test("comments reach the generated code, and cannot end it", async () => {
  const text = "package p;\n// Ends */ here.\n// And goes on.\nmessage M {\n// The field.\nbool b = 1; }";
  await withProtos({ "a.proto": text }, async (dir) => {
    const [file] = await loadSchema(dir);
    assert.ok(file);
    const code = emitModule(file);
    assert.match(code, /^\/\/ Generated from proto\/a\.proto by `npm run gen`/);
    assert.match(code, /\/\*\*\n \* Ends \*\\\/ here\.\n \* And goes on\.\n \*\/\nexport interface M/);
    assert.match(code, / {2}\/\*\* The field\. \*\/\n {2}b: boolean;/);
  });
});

test("a bundle carries the codecs it uses and no others", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ConnectRequest } from "./proto/gen/task.ts"; console.log(ConnectRequest.encode({ id: "x" }));`,
      resolveDir: repo,
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    external: ["protobufjs"],
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";
  assert.match(code, /containerd\.task\.v3\.ConnectRequest/);
  for (const unused of [
    "CreateTaskRequest",
    "google.protobuf.Any",
    "containerd.types.Mount",
    '"ResizePty"',
  ]) {
    assert.ok(!code.includes(unused), unused);
  }
});

test("64 bits are exact in a bundle without the package long", async () => {
  await withProtos({}, async (dir) => {
    const outfile = join(dir, "bundle.cjs");
    const contents = `
      import { Timestamp } from "./proto/gen/timestamp.ts";
      import { CPUUsage } from "./proto/gen/cgroups-v1.ts";
      const seconds = [-62135596800n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n, 0n];
      const perCpu = [2n ** 64n - 1n, 2n ** 63n, 2n ** 32n, 127n, 128n];
      const read = seconds.map((value) => Timestamp.decode(Timestamp.encode({ seconds: value })).seconds);
      console.log(String(read) === String(seconds), CPUUsage.decode(CPUUsage.encode({ perCpu })).perCpu.join() === perCpu.join());
    `;
    await build({
      stdin: { contents, resolveDir: repo },
      bundle: true,
      outfile,
      platform: "node",
      format: "cjs",
      external: ["long"],
    });
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [outfile], { cwd: dir }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    assert.equal(output, "true true\n");
  });
});

// What the compiler makes of a definition: a mistake here fails `tsc`, not the run.
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Shape<M> =
  M extends MethodDefinition<infer Request, infer Response, infer Kind> ? [Request, Response, Kind] : never;

test("the types of request, response and kind can be inferred from a method", () => {
  const unary: Equal<Shape<typeof Task.methods.state>, [StateRequest, StateResponse, "unary"]> = true;
  const stream: Equal<Shape<typeof Streaming.methods.stream>, [Any, Any, "bidirectional"]> = true;
  assert.ok(unary && stream);
});
