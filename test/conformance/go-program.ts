// Programs of the suite's own in Go, which speak to us with the libraries that the world uses: builds each of them once, per
// version of its sources. A missing or broken Go toolchain is an error that says what to do, never a reason to skip.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What to build. */
export interface GoProgram {
  /** Of the built program; what it is called in an error. */
  readonly name: string;
  /** The directory with its sources and module files. */
  readonly sources: string;
  /** The module files it is built with, `<modFile>.mod` and `<modFile>.sum`. Default: `go`. */
  readonly modFile?: string;
  readonly tags?: string;
}

/** Path of the program, built unless it has been. */
export async function buildGoProgram({
  name,
  sources,
  modFile = "go",
  tags = "",
}: GoProgram): Promise<string> {
  const cache =
    process.env["HAWSER_PEERS"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hawser/peers");
  const program = join(cache, `${name}-${await digestOf(sources)}`);
  if ((await stat(program).catch(() => undefined)) !== undefined) return program;
  await mkdir(cache, { recursive: true });
  // Built in a copy: Go writes beside what it builds. It appears in one step, so that two runs may build at a time.
  const work = await mkdtemp(join(cache, `.building-${name}-`));
  try {
    await cp(sources, work, { recursive: true });
    await rename(join(work, `${modFile}.mod`), join(work, "go.mod"));
    await rename(join(work, `${modFile}.sum`), join(work, "go.sum"));
    const env = {
      ...process.env,
      PATH: `${process.env["PATH"]}:/usr/local/go/bin`,
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=mod",
      GOTOOLCHAIN: "local",
      GOWORK: "off",
    };
    await run("go", ["build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", "program", "."], {
      cwd: work,
      env,
    });
    await rename(join(work, "program"), program);
  } catch (cause) {
    const advice =
      "install Go of the version in its go.mod or newer (https://go.dev/dl) and make sure that its module proxy can be reached";
    throw new Error(`build the Go program ${name}: ${advice}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

async function digestOf(sources: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(sources)).sort())
    hash.update(name).update(await readFile(join(sources, name)));
  return hash.digest("hex").slice(0, 16);
}
