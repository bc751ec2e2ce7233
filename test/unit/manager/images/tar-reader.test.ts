import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeHeader } from "../../../../manager/images/tar-header.ts";
import { DEFAULT_TAR_LIMITS, readTar, type TarLimits } from "../../../../manager/images/tar-reader.ts";
import { type ArchiveFile, writeTar } from "../../../../manager/images/tar-writer.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";
import { collect, pieces } from "./support.ts";

const file = (name: string, text: string | Buffer): ArchiveFile => ({
  name,
  size: Buffer.byteLength(text),
  mode: 0o644,
  content: () => pieces(Buffer.from(text)),
});

interface Seen {
  name: string;
  type: string;
  text: string;
  link: string;
}

async function read(archive: Buffer, pieceBytes = 65_536, limits: Partial<TarLimits> = {}): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const entry of readTar(pieces(archive, pieceBytes), { ...DEFAULT_TAR_LIMITS, ...limits })) {
    const text = (await collect(entry.content)).toString();
    seen.push({ name: entry.name, type: entry.type, text, link: entry.linkName });
  }
  return seen;
}

/** A header block with some bytes changed and its checksum made right again. */
function header({ name = "victim", size = 0 }, change: (block: Buffer) => void = () => undefined): Buffer {
  const block = Buffer.from(encodeHeader({ name, type: "file", size, mode: 0o644 }).subarray(-512));
  change(block);
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

const END = Buffer.alloc(1024);
const typed = (flag: string, size: number) => header({ size }, (block) => block.write(flag, 156, "latin1"));
const padded = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);
};

test("what writeTar() writes, readTar() and GNU tar read, whole and one byte at a time", async () => {
  const long = `${"d".repeat(90)}/${"é".repeat(60)}/${"n".repeat(120)}`;
  const files = [
    file("a", "first"),
    file("dir/b", ""),
    file(long, "x".repeat(1000)),
    file("c", "y".repeat(512)),
  ];
  const archive = await collect(writeTar(files));
  for (const pieceBytes of [65_536, 1]) {
    const seen = (await read(archive, pieceBytes)).filter(({ type }) => type === "file");
    assert.deepEqual(
      seen.map(({ name, text }) => [name, text.length]),
      [
        ["a", 5],
        ["dir/b", 0],
        [long, 1000],
        ["c", 512],
      ],
    );
  }
  const listed = execFileSync("tar", ["-t", "--quoting-style=literal"], { input: archive, encoding: "utf8" });
  assert.deepEqual(
    listed
      .trim()
      .split("\n")
      .filter((name) => !name.endsWith("/")),
    ["a", "dir/b", long, "c"],
  );
});

test("what GNU tar writes, in each of its formats, readTar() reads", async () => {
  using dir = temporaryDir();
  const long = join("d".repeat(120), "n".repeat(130));
  mkdirSync(join(dir.path, "d".repeat(120)));
  writeFileSync(join(dir.path, long), "long");
  writeFileSync(join(dir.path, "short"), "short");
  symlinkSync("short", join(dir.path, "link"));
  for (const format of ["gnu", "pax", "ustar", "oldgnu"]) {
    const names = format === "ustar" ? ["short", "link"] : ["short", "link", long];
    const archive = execFileSync("tar", ["-c", `--format=${format}`, "-C", dir.path, ...names]);
    const seen = await read(archive, 1000);
    assert.deepEqual(seen.map(({ name, type, text, link }) => [name, type, text, link]).slice(0, 2), [
      ["short", "file", "short", ""],
      ["link", "symlink", "", "short"],
    ]);
    if (format !== "ustar") assert.equal(seen[2]?.name, long, format);
  }
});

test("an entry whose content nobody reads is skipped, and a reader that stops tells the source", async () => {
  const archive = await collect(writeTar([file("a", "x".repeat(5000)), file("b", "second")]));
  let isClosed = false;
  async function* source() {
    try {
      yield* pieces(archive, 700);
    } finally {
      isClosed = true;
    }
  }
  const names: string[] = [];
  for await (const entry of readTar(source())) names.push(entry.name);
  assert.deepEqual(names, ["a", "b"]);
  isClosed = false;
  for await (const _ of readTar(source())) break;
  assert.equal(isClosed, true);
});

test("an archive that is cut is refused wherever it is cut, but between entries", async () => {
  const archive = await collect(writeTar([file("a", "hello"), file("n".repeat(150), "x".repeat(600))]));
  const starts = new Set<number>();
  for await (const entry of readTar(pieces(archive))) starts.add(entry.offset);
  starts.add(archive.length - 1024).add(0);
  for (let length = 0; length < archive.length - 1024; length += 64) {
    const attempt = read(archive.subarray(0, length));
    if (starts.has(length)) await attempt;
    else {
      await assert.rejects(attempt, (error: HawserError) => {
        assert.equal(error.code, Code.InvalidArgument);
        assert.match(error.message, /^read tar: entry.* at byte \d+: the archive ends/, `cut at ${length}`);
        return true;
      });
    }
  }
});

test("hostile and broken headers are refused before anything is collected", async () => {
  const table: [string, Buffer[], RegExp][] = [
    ["not a tar", [Buffer.alloc(1024, "no tar at all, ")], /checksum/],
    [
      "a flipped bit",
      [header({}).map((byte, at) => (at === 3 ? byte ^ 1 : byte)) as Buffer],
      /checksum does not match/,
    ],
    [
      "size 2^88",
      [header({}, (b) => b.fill(0xff, 124, 136).writeUInt8(0x80, 124))],
      /size in its header is no number/,
    ],
    ["size -1", [header({}, (b) => b.fill(0xff, 124, 136))], /size in its header is no number/],
    [
      "size in words",
      [header({}, (b) => b.write("12three", 124, "latin1"))],
      /size in its header is no number/,
    ],
    ["PAX of 1 GiB", [typed("x", 2 ** 30)], /extended header has 1073741824 bytes, at most 65536/],
    ["GNU name of 1 GiB", [typed("L", 2 ** 30)], /extended header has 1073741824 bytes/],
    ["PAX without end", [typed("x", 10), padded("99 path=x\n")], /record of its extended header has no end/],
    ["PAX with a short record", [typed("x", 10), padded("3 path=xx\n")], /has no end/],
    ["PAX without name", [typed("x", 6), padded("6 =xx\n")], /has no name/],
    ["PAX name with NUL", [typed("x", 12), padded("12 path=a\0b\n")], /its name has a NUL in it/],
    ["PAX name empty", [typed("x", 8), padded("8 path=\n")], /its name is empty/],
    ["PAX size 1e99", [typed("x", 14), padded("14 size=1e999\n"), header({})], /size in its extended header/],
    [
      "PAX size beyond 2^53",
      [typed("x", 25), padded("25 size=99999999999999999\n")],
      /no end|size in its extended/,
    ],
    ["PAX sparse", [typed("x", 22), padded("22 GNU.sparse.major=1\n")], /sparse files are not supported/],
    ["GNU sparse", [typed("S", 0)], /sparse files are not supported/],
    [
      "a name of 5000 bytes",
      [typed("L", 5000), padded("n".repeat(5000)), header({})],
      /more than 4096 bytes/,
    ],
    ["extended headers only", [typed("x", 0), END], /ends after an extended header/],
    ["extended headers without end", Array(20).fill(typed("x", 0)), /more than 8 extended headers/],
    ["beyond the limit", [header({ size: 2 ** 33 - 1 })], /it ends beyond 1000000 bytes/],
    ["too many entries", [...Array(11).fill(header({})), END], /more than 10 entries/],
  ];
  for (const [what, blocks, text] of table) {
    const attempt = read(Buffer.concat(blocks), 512, { maxEntries: 10, maxBytes: 1_000_000 });
    await assert.rejects(attempt, (error: HawserError) => {
      assert.match(error.message, text, what);
      assert.match(error.message, /at byte \d+/, what);
      assert.equal(error.code, Code.InvalidArgument, what);
      return true;
    });
  }
});

test("a PAX size and a PAX name replace those of the header; a global header replaces nothing", async () => {
  const pax = Buffer.from("9 size=5\n18 path=renamed/x\n");
  const global = Buffer.from("17 path=everybody\n");
  const archive = Buffer.concat([
    typed("g", global.length),
    padded(global),
    typed("x", pax.length),
    padded(pax),
    header({ name: "short", size: 0 }),
    padded("hello"),
    END,
  ]);
  assert.deepEqual(await read(archive), [{ name: "renamed/x", type: "file", text: "hello", link: "" }]);
});

test("writeTar() refuses a content that is not as long as it said", async () => {
  for (const size of [4, 6]) {
    const wrong = { ...file("a", "hello"), size };
    await assert.rejects(collect(writeTar([wrong])), /entry "a": it is not \d bytes long/);
  }
});
