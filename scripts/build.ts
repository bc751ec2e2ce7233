// Builds the executables: for each entry of the table one bundle in dist/ and one launcher in bin/; and the programs of
// their worker threads and the library, which are bundles alone. The launcher is a shell script, because it must find the pinned Node from
// wherever it is called and through symlinks; docs/development.md has the numbers. Builds at the same time (suites, a second
// run) do so one after the other.

import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { flock } from "../sys/file-lock.ts";
import { type Executable, launcherText } from "./launcher.ts";

const rootDir = resolve(import.meta.dirname, "..");

const executables: readonly Executable[] = [
  {
    // One CommonJS file: it is started once per container, and 40 small modules cost 33 ms more than one file.
    name: "containerd-shim-hawser-v2",
    entry: "shim/main.ts",
    bundle: "containerd-shim-hawser-v2.cjs",
    // The reply of `start` is all that it may print, and its caller's NODE_OPTIONS are not meant for it.
    // A stranger's SIGUSR1 must not open a debugger's port in it.
    // The others bound its memory, and are the only ones that cost no start: docs/shim-cost.md.
    nodeArgs: ["--no-warnings", "--disable-sigusr1", "--max-semi-space-size=1", "--v8-pool-size=1"],
    isEnvironmentClean: true,
    staysAfterStart: true,
  },
  {
    name: "hawserd",
    entry: "manager/main.ts",
    bundle: "hawserd.mjs",
    // node:sqlite says on stderr that it is experimental; a stranger's SIGUSR1 must not open a debugger's port.
    // Buffers that content passes through are freed sooner in a small nursery: reading through the API is a tenth faster.
    nodeArgs: ["--disable-warning=ExperimentalWarning", "--disable-sigusr1", "--max-semi-space-size=2"],
    isEnvironmentClean: false,
    staysAfterStart: false,
  },
  {
    // A command loads its own part alone: the others are beside, in dist/hawser/.
    name: "hawser",
    entry: "manager/cli/main.ts",
    bundle: "hawser.mjs",
    isSplit: true,
    // Up to "--" Node looks for its own --env-file, behind the name of the program, too.
    nodeArgs: ["--no-warnings", "--"],
    isEnvironmentClean: false,
    staysAfterStart: false,
  },
];

/** Bundles without a launcher. */
const modules: readonly { entry: string; bundle: string }[] = [
  // The program of worker threads, beside the executable that starts them.
  { entry: "manager/trees/worker.ts", bundle: "hawserd-worker.mjs" },
  // The program that `hawser cp` starts.
  { entry: "manager/copy/tree-program.ts", bundle: "hawser-tree.mjs" },
  // What `import … from "hawser"` is, by the "exports" of package.json.
  { entry: "manager/client/index.ts", bundle: "library.mjs" },
];

// protobufjs loads the package "long" when it can: a WebAssembly module, 1.5 MB of each shim, for what our codecs do
// themselves. It takes an empty module for a missing one.
const withoutLong: Plugin = {
  name: "without-long",
  setup(bundler) {
    bundler.onResolve({ filter: /^long$/ }, () => ({ path: "long", namespace: "without-long" }));
    bundler.onLoad({ filter: /.*/, namespace: "without-long" }, () => ({
      contents: "module.exports = null;",
    }));
  },
};

// The command line reads these with every command: from a hundred files, that is a quarter of its start, and most of it when nothing
// of them is in memory yet. All other packages are found in node_modules.
const BUNDLED = /^(@grpc\/grpc-js|commander|protobufjs)(\/|$)/;

const bundlingSome: Plugin = {
  name: "bundling-some",
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      if (path.startsWith("node:") || BUNDLED.test(path) || importer.includes("/node_modules/"))
        return undefined;
      return { path, external: true };
    });
  },
};

/** CommonJS in an ES module asks for these. */
const COMMONJS = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);
const __dirname = import.meta.dirname, __filename = import.meta.filename;`;

/** What sources declare and a build knows. */
async function constants(): Promise<Record<string, string>> {
  const { version } = JSON.parse(await readFile(join(rootDir, "package.json"), "utf8")) as {
    version: string;
  };
  return { HAWSER_VERSION: JSON.stringify(version), HAWSER_REVISION: JSON.stringify("") };
}

async function buildExecutable(one: Executable): Promise<void> {
  await buildBundle(one);
  const launcher = join(rootDir, "bin", one.name);
  await rm(`${launcher}.new`, { force: true });
  await writeFile(`${launcher}.new`, launcherText(one), { mode: 0o755 });
  await rename(`${launcher}.new`, launcher);
}

interface Bundle {
  readonly entry: string;
  readonly bundle: string;
  readonly isSplit?: boolean;
}

async function buildBundle(one: Bundle): Promise<void> {
  if (one.isSplit === true) return await buildSplit(one);
  const isShim = one.bundle.endsWith(".cjs");
  // Written beside and renamed: a running build must not break the start of a container.
  const bundle = join(rootDir, "dist", one.bundle);
  await build({
    entryPoints: [join(rootDir, one.entry)],
    outfile: `${bundle}.new`,
    absWorkingDir: rootDir,
    bundle: true,
    platform: "node",
    target: "node24",
    format: isShim ? "cjs" : "esm",
    // Native code cannot be bundled; what only the manager loads is found in node_modules.
    ...(isShim ? { external: ["koffi", "@koromix/*"], plugins: [withoutLong] } : { packages: "external" }),
    define: await constants(),
    legalComments: "none",
    // Every shim holds the text of its bundle. Names stay, and lines are short, for the sake of stack traces.
    ...(isShim ? { minifyWhitespace: true, minifySyntax: true, lineLimit: 120 } : {}),
    logLevel: "warning",
    // Sources that ask for `import.meta` where there is no `__filename` run in both worlds.
    logOverride: { "empty-import-meta": "silent" },
  });
  await rename(`${bundle}.new`, bundle);
}

/** A part that no build needs any more is removed when nobody can be about to load it. Milliseconds. */
const PART_AGE_MS = 3_600_000;

// Parts have the hash of their content in their names, so that a program which runs finds its own.
async function buildSplit({ entry, bundle }: Bundle): Promise<void> {
  const name = bundle.replace(/\.mjs$/, "");
  const partsDir = join(rootDir, "dist", name);
  const { outputFiles } = await build({
    entryPoints: { [name]: join(rootDir, entry) },
    outdir: join(rootDir, "dist"),
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}/[name]-[hash]`,
    absWorkingDir: rootDir,
    bundle: true,
    splitting: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    plugins: [withoutLong, bundlingSome],
    banner: { js: COMMONJS },
    define: await constants(),
    legalComments: "none",
    logLevel: "warning",
  });
  await mkdir(partsDir, { recursive: true });
  const wanted = new Set(outputFiles.map(({ path }) => path));
  // The entry comes last: whoever loads it finds its parts.
  const inOrder = outputFiles.toSorted(
    (a, b) => Number(dirname(a.path) !== partsDir) - Number(dirname(b.path) !== partsDir),
  );
  for (const { path, contents } of inOrder) {
    await writeFile(`${path}.new`, contents);
    await rename(`${path}.new`, path);
  }
  for (const part of await readdir(partsDir)) {
    const path = join(partsDir, part);
    // What Node keeps of compiled code begins with a dot.
    if (wanted.has(path) || part.startsWith(".")) continue;
    if (Date.now() - (await stat(path)).mtimeMs > PART_AGE_MS) await rm(path, { force: true });
  }
}

// The page of `hawser web`: one script and one style sheet, with xterm.js in them.
async function buildPage(): Promise<void> {
  const pageDir = join(rootDir, "manager/web/page");
  const webDir = join(rootDir, "dist/web");
  const { outputFiles } = await build({
    entryPoints: [join(pageDir, "main.ts"), join(pageDir, "page.css")],
    outdir: webDir,
    entryNames: "page",
    absWorkingDir: rootDir,
    bundle: true,
    write: false,
    platform: "browser",
    target: "es2024",
    format: "esm",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  await mkdir(webDir, { recursive: true });
  const page = { path: join(webDir, "index.html"), contents: await readFile(join(pageDir, "index.html")) };
  for (const { path, contents } of [...outputFiles, page]) {
    await writeFile(`${path}.new`, contents);
    await rename(`${path}.new`, path);
  }
}

await mkdir(join(rootDir, "dist"), { recursive: true });
await mkdir(join(rootDir, "bin"), { recursive: true });
using _lock = flock(join(rootDir, "dist"));
for (const one of modules) await buildBundle(one);
await buildPage();
for (const one of executables) await buildExecutable(one);
// Only those who compile against the library need its types, and the compiler takes longer than all of the above.
if (process.argv.includes("--types")) {
  const tsc = join(rootDir, "node_modules/.bin/tsc");
  execFileSync(tsc, ["--singleThreaded", "-p", "tsconfig.library.json"], { cwd: rootDir, stdio: "inherit" });
}
