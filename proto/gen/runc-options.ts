// Generated from proto/runc-options.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Options for runc and what is like it.
import type { Codec } from "../codec.ts";
import { codec, copyList, writeString } from "../codec-runtime.ts";

/** How to run containers. */
export interface Options {
  /** Whether to move the root with MS_MOVE instead of pivot_root(2), for a rootfs in an initramfs. */
  noPivotRoot: boolean;
  /** Whether the container stays in the session keyring of its parent. */
  noNewKeyring: boolean;
  /** The cgroup to put the shim into; empty leaves it where it is. */
  shimCgroup: string;
  /** The user who owns the container's pipes. */
  ioUid: number;
  /** The group that owns the container's pipes. */
  ioGid: number;
  /** Name or path of the runtime's binary; empty for the shim's choice. */
  binaryName: string;
  /** The directory where the runtime keeps its state. */
  root: string;
  /** Whether cgroups are made by systemd. */
  systemdCgroup: boolean;
  /** Where checkpoint images go. */
  criuImagePath: string;
  /** Where criu works and logs. */
  criuWorkPath: string;
  /** Where the task service of a sandbox is; for the manager, no longer used. */
  taskApiAddress: string;
  /** The version of that service; for the manager, no longer used. */
  taskApiVersion: number;
}

/** Codec of `containerd.runc.v1.Options`. */
export const Options: Codec<Options> = /* @__PURE__ */ codec<Options>({
  typeName: "containerd.runc.v1.Options",
  create: (init) => ({
    noPivotRoot: init.noPivotRoot ?? false,
    noNewKeyring: init.noNewKeyring ?? false,
    shimCgroup: init.shimCgroup ?? "",
    ioUid: init.ioUid ?? 0,
    ioGid: init.ioGid ?? 0,
    binaryName: init.binaryName ?? "",
    root: init.root ?? "",
    systemdCgroup: init.systemdCgroup ?? false,
    criuImagePath: init.criuImagePath ?? "",
    criuWorkPath: init.criuWorkPath ?? "",
    taskApiAddress: init.taskApiAddress ?? "",
    taskApiVersion: init.taskApiVersion ?? 0,
  }),
  write(message, writer) {
    if (message.noPivotRoot) writer.uint32(8).bool(message.noPivotRoot);
    if (message.noNewKeyring) writer.uint32(16).bool(message.noNewKeyring);
    if (message.shimCgroup) writeString(writer, 26, message.shimCgroup);
    if (message.ioUid) writer.uint32(32).uint32(message.ioUid);
    if (message.ioGid) writer.uint32(40).uint32(message.ioGid);
    if (message.binaryName) writeString(writer, 50, message.binaryName);
    if (message.root) writeString(writer, 58, message.root);
    if (message.systemdCgroup) writer.uint32(72).bool(message.systemdCgroup);
    if (message.criuImagePath) writeString(writer, 82, message.criuImagePath);
    if (message.criuWorkPath) writeString(writer, 90, message.criuWorkPath);
    if (message.taskApiAddress) writeString(writer, 98, message.taskApiAddress);
    if (message.taskApiVersion) writer.uint32(104).uint32(message.taskApiVersion);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.noPivotRoot = reader.bool();
        break;
      case 16:
        message.noNewKeyring = reader.bool();
        break;
      case 26:
        message.shimCgroup = reader.string();
        break;
      case 32:
        message.ioUid = reader.uint32();
        break;
      case 40:
        message.ioGid = reader.uint32();
        break;
      case 50:
        message.binaryName = reader.string();
        break;
      case 58:
        message.root = reader.string();
        break;
      case 72:
        message.systemdCgroup = reader.bool();
        break;
      case 82:
        message.criuImagePath = reader.string();
        break;
      case 90:
        message.criuWorkPath = reader.string();
        break;
      case 98:
        message.taskApiAddress = reader.string();
        break;
      case 104:
        message.taskApiVersion = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How to take a checkpoint. */
export interface CheckpointOptions {
  /** Whether the container ends with it. */
  exit: boolean;
  /** Whether open TCP connections are saved. */
  openTcp: boolean;
  /** Whether unix sockets with a peer outside are allowed. */
  externalUnixSockets: boolean;
  /** Whether terminals are allowed. */
  terminal: boolean;
  /** Whether file locks are saved. */
  fileLocks: boolean;
  /** Namespaces that are made but not filled at a restore. */
  emptyNamespaces: string[];
  /** What happens to cgroups: `soft`, `full`, `strict`, `ignore`. */
  cgroupsMode: string;
  /** Where the images go. */
  imagePath: string;
  /** Where criu works and logs. */
  workPath: string;
  /** The checkpoint that this one builds on; newer peers only. */
  parentPath: string;
}

/** Codec of `containerd.runc.v1.CheckpointOptions`. */
export const CheckpointOptions: Codec<CheckpointOptions> = /* @__PURE__ */ codec<CheckpointOptions>({
  typeName: "containerd.runc.v1.CheckpointOptions",
  create: (init) => ({
    exit: init.exit ?? false,
    openTcp: init.openTcp ?? false,
    externalUnixSockets: init.externalUnixSockets ?? false,
    terminal: init.terminal ?? false,
    fileLocks: init.fileLocks ?? false,
    emptyNamespaces: copyList(init.emptyNamespaces),
    cgroupsMode: init.cgroupsMode ?? "",
    imagePath: init.imagePath ?? "",
    workPath: init.workPath ?? "",
    parentPath: init.parentPath ?? "",
  }),
  write(message, writer) {
    if (message.exit) writer.uint32(8).bool(message.exit);
    if (message.openTcp) writer.uint32(16).bool(message.openTcp);
    if (message.externalUnixSockets) writer.uint32(24).bool(message.externalUnixSockets);
    if (message.terminal) writer.uint32(32).bool(message.terminal);
    if (message.fileLocks) writer.uint32(40).bool(message.fileLocks);
    if (message.emptyNamespaces) for (const item of message.emptyNamespaces) writeString(writer, 50, item);
    if (message.cgroupsMode) writeString(writer, 58, message.cgroupsMode);
    if (message.imagePath) writeString(writer, 66, message.imagePath);
    if (message.workPath) writeString(writer, 74, message.workPath);
    if (message.parentPath) writeString(writer, 82, message.parentPath);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.exit = reader.bool();
        break;
      case 16:
        message.openTcp = reader.bool();
        break;
      case 24:
        message.externalUnixSockets = reader.bool();
        break;
      case 32:
        message.terminal = reader.bool();
        break;
      case 40:
        message.fileLocks = reader.bool();
        break;
      case 50:
        message.emptyNamespaces.push(reader.string());
        break;
      case 58:
        message.cgroupsMode = reader.string();
        break;
      case 66:
        message.imagePath = reader.string();
        break;
      case 74:
        message.workPath = reader.string();
        break;
      case 82:
        message.parentPath = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What Pids tells of the first process of an exec. */
export interface ProcessDetails {
  /** The exec. */
  execId: string;
}

/** Codec of `containerd.runc.v1.ProcessDetails`. */
export const ProcessDetails: Codec<ProcessDetails> = /* @__PURE__ */ codec<ProcessDetails>({
  typeName: "containerd.runc.v1.ProcessDetails",
  create: (init) => ({
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.execId) writeString(writer, 10, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.execId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});
