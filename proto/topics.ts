// Which topic an event is published under, and which event a topic stands for.
// Always true: one topic per type of event and one type per topic; peers match them as text.
// containerd 1.7 published the events of sandboxes without the slash in front; those are read and never written.
// Knows types by name only: the shim publishes ten of them and should not carry the codecs of all.
import type { Codec } from "./codec.ts";

/** The topic of an event whose type has none. It is not a valid topic, so a manager refuses to take it. */
export const UNKNOWN_TOPIC = "/tasks/?";

/** The topic of each type of event, by the type's full name. */
export const TOPICS = {
  "containerd.events.TaskCreate": "/tasks/create",
  "containerd.events.TaskStart": "/tasks/start",
  "containerd.events.TaskExit": "/tasks/exit",
  "containerd.events.TaskDelete": "/tasks/delete",
  "containerd.events.TaskOOM": "/tasks/oom",
  "containerd.events.TaskExecAdded": "/tasks/exec-added",
  "containerd.events.TaskExecStarted": "/tasks/exec-started",
  "containerd.events.TaskPaused": "/tasks/paused",
  "containerd.events.TaskResumed": "/tasks/resumed",
  "containerd.events.TaskCheckpointed": "/tasks/checkpointed",
  "containerd.events.ContainerCreate": "/containers/create",
  "containerd.events.ContainerUpdate": "/containers/update",
  "containerd.events.ContainerDelete": "/containers/delete",
  "containerd.events.NamespaceCreate": "/namespaces/create",
  "containerd.events.NamespaceUpdate": "/namespaces/update",
  "containerd.events.NamespaceDelete": "/namespaces/delete",
  "containerd.events.SnapshotPrepare": "/snapshot/prepare",
  "containerd.events.SnapshotCommit": "/snapshot/commit",
  "containerd.events.SnapshotRemove": "/snapshot/remove",
  "containerd.events.ContentCreate": "/content/create",
  "containerd.events.ContentDelete": "/content/delete",
  "containerd.events.SandboxCreate": "/sandboxes/create",
  "containerd.events.SandboxStart": "/sandboxes/start",
  "containerd.events.SandboxExit": "/sandboxes/exit",
  "containerd.services.images.v1.ImageCreate": "/images/create",
  "containerd.services.images.v1.ImageUpdate": "/images/update",
  "containerd.services.images.v1.ImageDelete": "/images/delete",
} as const;

/** The full name of a type of event. */
export type EventTypeName = keyof typeof TOPICS;

/** A topic that an event is published under. */
export type Topic = (typeof TOPICS)[EventTypeName];

/** The topic of a type of event, by its full name or its codec; UNKNOWN_TOPIC for every other type. */
export function topicOf<T>(type: string | Codec<T>): Topic | typeof UNKNOWN_TOPIC {
  const name = typeof type === "string" ? type : type.typeName;
  return Object.hasOwn(TOPICS, name) ? TOPICS[name as EventTypeName] : UNKNOWN_TOPIC;
}

/** The full name of the type that a topic stands for; undefined for a topic that we do not know. */
export function eventTypeOf(topic: string): EventTypeName | undefined {
  const wanted = topic.startsWith("sandboxes/") ? `/${topic}` : topic;
  for (const [name, known] of Object.entries(TOPICS)) if (known === wanted) return name as EventTypeName;
  return undefined;
}
