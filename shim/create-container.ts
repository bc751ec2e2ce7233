// Create: from a request to a container that waits to be started. Acquires everything inside one scope, in the order in
// which it is needed, so that leaving early at any step undoes exactly what was done, newest first.
import { mkdirSync, rmdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { BundleFile, bundleFile } from "../proto/bundle-files.ts";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { TaskCreate } from "../proto/gen/events.ts";
import type { CreateTaskRequest } from "../proto/gen/task.ts";
import { writeFileAtomic } from "../sys/atomic-file.ts";
import { mountAll, unmountAll } from "../sys/mount.ts";
import { Scope } from "../sys/scope.ts";
import { brokeredOf, openBroker } from "./broker-of.ts";
import { endStray, requireOwnChild } from "./children.ts";
import { Container } from "./container.ts";
import { ContainerCgroup } from "./container-cgroup.ts";
import type { StartedInit } from "./container-parts.ts";
import type { ContainerHost } from "./host.ts";
import { removeQuietly } from "./oci/call-files.ts";
import { chooseRuntime } from "./oci/choose.ts";
import { CliDriver } from "./oci/cli-driver.ts";
import type { OciRuntime } from "./oci/driver.ts";
import { decodeOptions, type RuntimeOptions, runtimeRootDir, writeOptions } from "./oci/options.ts";
import { Process } from "./process.ts";
import { openStdio } from "./stdio/process-stdio.ts";
import { planStdio } from "./stdio/spec.ts";

/** What of a container's OCI spec the shim itself looks at. */
interface SpecFacts {
  readonly ociVersion: string | undefined;
  readonly hasOwnPidNamespace: boolean;
  readonly hasSeccomp: boolean;
}

/**
 * Creates a container and publishes its creation. Throws with everything undone: NotFound for a bundle that is none,
 * InvalidArgument for a spec, options or stdio that cannot be read, otherwise the reason of the mount or the runtime.
 * With a checkpoint nothing runs yet: Start restores. When `signal` fires, nobody would hear of the container any more:
 * then it is not created either.
 */
export async function createContainer(
  request: CreateTaskRequest,
  host: ContainerHost,
  signal: AbortSignal,
): Promise<Container> {
  const { id, bundle: bundleDir } = request;
  const call = { signal };
  await using scope = new Scope((what, error) =>
    host.log.warn(`${what}: continuing`, { container: id, error }),
  );
  const spec = await readSpec(bundleDir);
  const options = decodeOptions(request.options);
  const runtime = await openRuntime(request, options, spec, host);
  const rootfsDir = bundleFile(bundleDir, BundleFile.rootfs);
  const unmount = async (): Promise<void> => {
    if (request.rootfs.length > 0) await unmountAll(rootfsDir);
  };
  if (request.rootfs.length > 0) {
    if (makeDir(rootfsDir)) scope.defer("remove rootfs", () => rmdirSync(rootfsDir));
    scope.defer("unmount rootfs", unmount);
    await mountRootfs(request, rootfsDir, signal);
  }
  const wanted = { ...request, isTerminal: request.terminal };
  const init = new Process(undefined, wanted);
  const stdioOptions = {
    containerId: id,
    namespace: host.namespace,
    bundleDir,
    ...(options.ioUid === 0 ? {} : { uid: options.ioUid }),
    ...(options.ioGid === 0 ? {} : { gid: options.ioGid }),
    onNotice: (notice: string, error?: unknown) => host.log.warn(notice, { container: id, error }),
  };
  const plan = planStdio(wanted);
  const { onNotice } = stdioOptions;
  scope.defer("close broker", () => init.broker?.[Symbol.asyncDispose]());
  await openBroker({ containerId: id, process: init, plan, attachments: host.attachments, onNotice });
  const stdio = await openStdio(plan, { ...stdioOptions, brokered: brokeredOf(init) }, call);
  scope.defer("close stdio", () => stdio[Symbol.asyncDispose]());
  init.attach(stdio);

  const pidFile = bundleFile(bundleDir, BundleFile.initPid);
  const isRestored = request.checkpoint !== "";
  const bringUp = async (): Promise<StartedInit> => {
    const { noPivotRoot, noNewKeyring } = options;
    const common = {
      bundleDir,
      pidFile,
      consoleSocket: stdio.consoleSocket,
      stdio: stdio.child,
      noPivotRoot,
    };
    await using undo = new Scope((what, error) =>
      host.log.warn(`${what}: continuing`, { container: id, error }),
    );
    undo.defer("delete container", () => undoCreate(runtime, id, pidFile));
    const pid = isRestored
      ? await runtime.restore(id, {
          ...common,
          imageDir: request.checkpoint,
          parentDir: request.parentCheckpoint || undefined,
          workDir: options.criuWorkPath || join(bundleDir, BundleFile.work),
        })
      : await runtime.create(id, { ...common, noNewKeyring }, call);
    requireOwnChild(pid, `create "${id}"`);
    await stdio.spawned();
    const cgroup = ContainerCgroup.of(pid, host.log);
    if (!isRestored && signal.aborted) throw HawserError.from(signal.reason).wrap(`create "${id}"`);
    undo.keep();
    return { pid, cgroup };
  };
  const { hasOwnPidNamespace } = spec;
  const restore = isRestored ? bringUp : undefined;
  const container = new Container(
    { id, bundleDir, runtime, init, hasOwnPidNamespace, restore, unmount },
    host,
  );
  using ticket = host.exits.expect();
  const started = isRestored ? undefined : await bringUp();
  host.events.publish(TaskCreate, {
    containerId: id,
    bundle: bundleDir,
    rootfs: request.rootfs,
    io: { stdin: request.stdin, stdout: request.stdout, stderr: request.stderr, terminal: request.terminal },
    checkpoint: request.checkpoint,
    pid: started?.pid ?? 0,
  });
  if (started !== undefined) container.initStarted(started, ticket);
  scope.keep();
  return container;
}

// The process first: later its pid could be another's. A file that names it must not be there for `delete` to believe.
async function undoCreate(runtime: OciRuntime, id: string, pidFile: string): Promise<void> {
  endStray(pidFile);
  removeQuietly(pidFile);
  await runtime.delete(id, { force: true });
}

/** Whether it was made. */
function makeDir(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o711 });
    return true;
  } catch (caught) {
    if (isErrno(caught, "EEXIST")) return false;
    throw HawserError.from(caught).wrap("make rootfs");
  }
}

/** What a path says that names no bundle, whatever is there. */
const NO_BUNDLE = ["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"];

async function readSpec(bundleDir: string): Promise<SpecFacts> {
  // The shim's own directory means nothing: it may serve several bundles.
  if (!isAbsolute(bundleDir)) {
    throw new HawserError(Code.InvalidArgument, `bundle "${bundleDir}": the path is not absolute`);
  }
  const path = bundleFile(bundleDir, BundleFile.config);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (!NO_BUNDLE.some((errno) => isErrno(cause, errno))) throw HawserError.from(cause).wrap("read spec");
    const message = `bundle "${bundleDir}": it has no ${BundleFile.config}: not found`;
    throw new HawserError(Code.NotFound, message, { cause });
  }
  try {
    const spec: unknown = JSON.parse(text);
    if (typeof spec !== "object" || spec === null || Array.isArray(spec))
      throw new Error("it is no JSON object");
    const linux = (spec as { linux?: { namespaces?: unknown; seccomp?: unknown } }).linux;
    const namespaces = Array.isArray(linux?.namespaces) ? linux.namespaces : [];
    const { ociVersion } = spec as { ociVersion?: unknown };
    return {
      ociVersion: typeof ociVersion === "string" ? ociVersion : undefined,
      hasOwnPidNamespace: namespaces.some((entry) => entry?.type === "pid" && !entry.path),
      hasSeccomp: linux?.seccomp !== undefined && linux.seccomp !== null,
    };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new HawserError(Code.InvalidArgument, `bundle "${bundleDir}": ${BundleFile.config}: ${reason}`, {
      cause,
    });
  }
}

/** Decides what runs the container, and leaves both the options and the decision for `delete`. */
async function openRuntime(
  request: CreateTaskRequest,
  options: RuntimeOptions,
  spec: SpecFacts,
  host: ContainerHost,
): Promise<OciRuntime> {
  const { bundle: bundleDir } = request;
  let binary = options.binaryName;
  if (binary === "") {
    const choice = await chooseRuntime({
      ociVersion: spec.ociVersion,
      needs: {
        checkpoint: request.checkpoint !== "",
        systemdCgroup: options.systemdCgroup,
        seccomp: spec.hasSeccomp,
      },
      stateDir: host.stateDir,
    });
    host.log.info(`runs on ${choice.file}`, { container: request.id, reason: choice.reason });
    binary = choice.file;
  }
  try {
    writeOptions(bundleDir, options);
    writeFileAtomic(bundleFile(bundleDir, BundleFile.runtime), binary);
  } catch (caught) {
    throw HawserError.from(caught).wrap(`bundle "${bundleDir}": write options for delete`);
  }
  return new CliDriver({
    binary,
    rootDir: runtimeRootDir(options, host.namespace),
    bundleDir,
    hasSystemdCgroup: options.systemdCgroup,
    timeoutsMs: host.runtimeTimeoutsMs,
  });
}

async function mountRootfs(
  request: CreateTaskRequest,
  rootfsDir: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await mountAll(request.rootfs, rootfsDir, { signal });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new HawserError(Code.Unknown, `mount rootfs of "${request.id}": ${reason}`, { cause });
  }
}
