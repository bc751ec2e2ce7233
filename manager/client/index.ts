// What `import … from "hawser"` is: the whole public surface of the library, and nothing else. docs/library.md shows it at work.

export type { BrokeredStdio } from "../../proto/brokered-stdio.ts";
export {
  Code,
  codeName,
  HawserError,
  hasCode,
  isCanceled,
  isDeadlineExceeded,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isResourceExhausted,
  isUnavailable,
} from "../../proto/errors.ts";
export type { Any } from "../../proto/gen/any.ts";
export type { Descriptor } from "../../proto/gen/descriptor.ts";
export type { SnapshotContainer } from "../../proto/gen/event-log.ts";
export type { Mount } from "../../proto/gen/mount.ts";
export type { Platform } from "../../proto/gen/platform.ts";
export { type Shim, ShimHealth } from "../../proto/gen/shims.ts";
export type { ContainerWish } from "../oci/container-wish.ts";
export type { ImageConfig } from "../oci/image-config.ts";
export type { OciMount, OciProcess, OciSpec } from "../oci/spec.ts";
export { DEFAULT_ADDRESS, DEFAULT_NAMESPACE } from "./address.ts";
export type { SessionCut, SessionEnd, SessionExit } from "./attach/attach-end.ts";
export type { AttachNotice, AttachSessionOptions, Replay } from "./attach/attach-options.ts";
export type { AttachSession } from "./attach/attach-session.ts";
export type { AttachGap, AttachItem, AttachOutput } from "./attach/output-place.ts";
export type { FileChange } from "./changes.ts";
export { Client, type ClientOptions, type DaemonVersion } from "./client.ts";
export type { CommitOptions } from "./commit.ts";
export type { CallOptions } from "./connection.ts";
export type {
  AttachOptions,
  Container,
  ContainerAttachOptions,
  ContainerInfo,
  TaskOptions,
} from "./container.ts";
export type { ContainerOptions, ProcessOptions, SpecOptions } from "./container-options.ts";
export type { Containers } from "./containers.ts";
export type { Blob, Content, ReadOptions, WriteOptions } from "./content.ts";
export type { Conversation } from "./conversation.ts";
export type { DaemonInfo } from "./daemon.ts";
export { DEFAULT_RUNTIME } from "./defaults.ts";
export type {
  EventLogGap,
  EventPosition,
  EventSnapshot,
  FollowEventsOptions,
  FollowedEvent,
} from "./event-log.ts";
export type { KnownTopic, Payload } from "./event-types.ts";
export type {
  ClientEvent,
  EventGap,
  EventOf,
  EventOptions,
  KnownEvent,
  UnknownEvent,
} from "./events.ts";
export type { Exec } from "./exec.ts";
export type { Exit } from "./exit-watch.ts";
export type { Image, ImageConfiguration, PlatformOptions } from "./image.ts";
export type { ExportOptions, ImportOptions } from "./image-archive.ts";
export type { PutOptions } from "./image-record.ts";
export type { ImageRemoveOptions, Images } from "./images.ts";
export type { ImportRootOptions } from "./import-root.ts";
export type { Lease, LeaseInfo, LeaseOptions, Leases } from "./leases.ts";
export type { LogGap, LogOptions, LogRecord } from "./logs.ts";
export type { ManagedOptions, RestartPolicy } from "./managed-labels.ts";
export type { Namespace, Namespaces } from "./namespaces.ts";
export type {
  DeleteOptions,
  KillOptions,
  Process,
  ProcessState,
  ProcessStatus,
} from "./process.ts";
export type {
  ListedEnd,
  ListedProcess,
  ListedState,
  ProcessListOptions,
} from "./processes.ts";
export type { ServiceClient } from "./service-client.ts";
export * as services from "./services.ts";
export type { ShimListOptions } from "./shims.ts";
export type { Signal } from "./signal-number.ts";
export {
  DEFAULT_SNAPSHOTTER,
  type Snapshot,
  type SnapshotOptions,
  type Snapshots,
  type SnapshotUsage,
} from "./snapshots.ts";
export type { BrokeredStdioOptions, OutputTarget, StdioOptions } from "./stdio/process-stdio.ts";
export type { ExecOptions, Task, UpdateOptions } from "./task.ts";
export type { TerminalSize } from "./terminal-size.ts";
export type { UnpackOptions } from "./unpack.ts";
