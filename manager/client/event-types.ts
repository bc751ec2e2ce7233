// The events that are known, each with its topic and its message, so that asking for the topic tells the type of the payload.
import type { Codec } from "../../proto/codec.ts";
import * as events from "../../proto/gen/events.ts";
import * as imageEvents from "../../proto/gen/image-events.ts";

const codecs = {
  "/tasks/create": events.TaskCreate,
  "/tasks/start": events.TaskStart,
  "/tasks/exit": events.TaskExit,
  "/tasks/delete": events.TaskDelete,
  "/tasks/oom": events.TaskOOM,
  "/tasks/exec-added": events.TaskExecAdded,
  "/tasks/exec-started": events.TaskExecStarted,
  "/tasks/paused": events.TaskPaused,
  "/tasks/resumed": events.TaskResumed,
  "/tasks/checkpointed": events.TaskCheckpointed,
  "/containers/create": events.ContainerCreate,
  "/containers/update": events.ContainerUpdate,
  "/containers/delete": events.ContainerDelete,
  "/namespaces/create": events.NamespaceCreate,
  "/namespaces/update": events.NamespaceUpdate,
  "/namespaces/delete": events.NamespaceDelete,
  "/snapshot/prepare": events.SnapshotPrepare,
  "/snapshot/commit": events.SnapshotCommit,
  "/snapshot/remove": events.SnapshotRemove,
  "/content/create": events.ContentCreate,
  "/content/delete": events.ContentDelete,
  "/sandboxes/create": events.SandboxCreate,
  "/sandboxes/start": events.SandboxStart,
  "/sandboxes/exit": events.SandboxExit,
  "/images/create": imageEvents.ImageCreate,
  "/images/update": imageEvents.ImageUpdate,
  "/images/delete": imageEvents.ImageDelete,
} as const;

/** The topic of an event whose payload is known. */
export type KnownTopic = keyof typeof codecs;

/** The payload of the events of a topic. */
export type Payload<Topic extends KnownTopic> =
  (typeof codecs)[Topic] extends Codec<infer Message> ? Message : never;

/** The codec of a topic's events; undefined for a topic that is not known. */
export function codecOf(topic: string): Codec<unknown> | undefined {
  return Object.hasOwn(codecs, topic) ? (codecs[topic as KnownTopic] as Codec<unknown>) : undefined;
}
