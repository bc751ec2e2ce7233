// The shim's way in: one process per container or pod, run by containerd or hawserd. Finds out what is asked and loads no
// more than that takes: `start` loads the services after its reply, `delete` and `-info` never load them.
// Bundled to CommonJS, where a dynamic import is a function call: what is behind one has not run before.
import { writeSync } from "node:fs";
import { HawserError } from "../proto/errors.ts";
import { type Identity, parseArguments } from "./arguments.ts";
import { takeLauncher } from "./launcher.ts";
import type { StartedServer } from "./start.ts";
import { PROGRAM, REVISION, RUNTIME_NAME, VERSION } from "./version.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const INHERITED_LISTENER = 3;

/** A manager dials at once and gives up after 100 s. A server that nobody has ever reached is nobody's. Milliseconds. */
const FIRST_VISIT_MS = 300_000;

async function main(): Promise<void> {
  const { launcher, argv } = takeLauncher(process.argv.slice(2));
  const command = parseArguments(argv);
  switch (command.kind) {
    case "version": {
      const revision = REVISION === "" ? "" : ` (${REVISION})`;
      write(STDOUT, `${PROGRAM} ${VERSION}${revision}, runtime ${RUNTIME_NAME}, Node ${process.version}\n`);
      return;
    }
    case "info": {
      const { info } = await import("./info.ts");
      write(STDOUT, await info(STDIN));
      return;
    }
    case "start": {
      const { start } = await import("./start.ts");
      const started = await start(command, launcher);
      if (started === undefined) return;
      await stay(command, started);
      return;
    }
    case "delete": {
      const { deleteOffline } = await import("./delete.ts");
      write(STDOUT, await deleteOffline(command, (warning) => write(STDERR, `${warning}\n`)));
      return;
    }
    case "serve": {
      const { listenAt } = await import("./socket.ts");
      const { socketPath } = command;
      const target = socketPath === undefined ? { fd: INHERITED_LISTENER } : { path: socketPath };
      const listener = await listenAt(target);
      const { serve } = await import("./serve.ts");
      await serve({
        ...command,
        bundleDir: process.cwd(),
        ttrpcAddress: process.env["TTRPC_ADDRESS"] ?? "",
        listener,
      });
      return;
    }
  }
}

// The manager has its reply. From here on it is a process of its own.
async function stay(identity: Identity, started: StartedServer): Promise<void> {
  const { listener, visited, ...rest } = started;
  const bundleDir = process.cwd();
  const orphaned = setTimeout(() => process.kill(process.pid, "SIGTERM"), FIRST_VISIT_MS).unref();
  void visited.then(() => clearTimeout(orphaned));
  try {
    const { leaveSession } = await import("./session.ts");
    leaveSession();
    const { serve } = await import("./serve.ts");
    await serve({ ...identity, ...rest, bundleDir, listener });
  } finally {
    listener.close();
  }
}

function write(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

main().then(
  () => process.exit(0),
  (caught: unknown) => {
    // One line: the manager puts it into the error that its user sees.
    const reason = HawserError.from(caught).message.replaceAll(/\s*\n\s*/g, " ");
    try {
      write(STDERR, `${PROGRAM}: ${reason}\n`);
    } catch {
      // nobody reads it
    }
    process.exit(1);
  },
);
