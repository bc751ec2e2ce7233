// What the manager says it is made of, in containerd's names: clients look for these to learn what they can ask for. ctr asks
// for a snapshotter's capabilities, containerd's client and BuildKit for its platforms, nerdctl shows the list to a person.
// Only what works here is named. Pure.
import type { Init } from "../../proto/codec.ts";
import { Plugin } from "../../proto/gen/introspection.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { ABSENT, type FieldLookup, textField } from "../metadata/filter.ts";

/** A snapshotter, as far as it is told of. */
export interface SnapshotterFacts {
  readonly name: string;
  /** Its directory. */
  readonly root: string;
  /** `rebase`: Commit can give another parent. */
  readonly capabilities: readonly string[];
}

/** What the list is made from. */
export interface PluginFacts {
  readonly snapshotters: readonly SnapshotterFacts[];
  readonly platform: Init<Platform>;
  /** Full names of the services that are served: `containerd.services.content.v1.Content`. */
  readonly services: readonly string[];
}

/** Kinds of plugins. */
export const RUNTIME_PLUGIN = "io.containerd.runtime.v2";
const CONTENT_PLUGIN = "io.containerd.content.v1";
const SNAPSHOT_PLUGIN = "io.containerd.snapshotter.v1";
const METADATA_PLUGIN = "io.containerd.metadata.v1";
const DIFF_PLUGIN = "io.containerd.differ.v1";
const GC_PLUGIN = "io.containerd.gc.v1";
const EVENT_PLUGIN = "io.containerd.event.v1";
const TRANSFER_PLUGIN = "io.containerd.transfer.v1";
const STREAMING_PLUGIN = "io.containerd.streaming.v1";
const CONTAINER_MONITOR_PLUGIN = "io.containerd.monitor.container.v1";
const GRPC_PLUGIN = "io.containerd.grpc.v1";

const RESTART_POLICIES = ["no", "always", "on-failure", "unless-stopped"];

/** The plugins, by type and id. */
export function listPlugins({ snapshotters, platform, services }: PluginFacts): Plugin[] {
  const platforms = [asGoWritesIt(platform)];
  const serves = (name: string) =>
    services.some((service) => service.startsWith(`containerd.services.${name}.`));
  const plugins: Init<Plugin>[] = [
    { type: CONTENT_PLUGIN, id: "content" },
    { type: METADATA_PLUGIN, id: "bolt", requires: [CONTENT_PLUGIN, SNAPSHOT_PLUGIN] },
    { type: EVENT_PLUGIN, id: "exchange" },
    { type: GC_PLUGIN, id: "scheduler", requires: [METADATA_PLUGIN] },
    { type: DIFF_PLUGIN, id: "walking", requires: [METADATA_PLUGIN], platforms },
    ...snapshotters.map(({ name, root, capabilities }) => ({
      type: SNAPSHOT_PLUGIN,
      id: name,
      platforms,
      exports: { root },
      capabilities,
    })),
    { type: RUNTIME_PLUGIN, id: "task", requires: [EVENT_PLUGIN, METADATA_PLUGIN], platforms },
    // nerdctl takes --restart where this is, and these are the policies that it takes.
    { type: CONTAINER_MONITOR_PLUGIN, id: "restart", capabilities: RESTART_POLICIES },
    ...(serves("transfer")
      ? [{ type: TRANSFER_PLUGIN, id: "local", requires: [METADATA_PLUGIN, DIFF_PLUGIN] }]
      : []),
    ...(serves("streaming") ? [{ type: STREAMING_PLUGIN, id: "manager" }] : []),
    ...services.flatMap((service) => {
      const id = /^containerd\.services\.([a-z]+)\.v\d+\./.exec(service)?.[1] ?? shortNames[service];
      return id === undefined ? [] : [{ type: GRPC_PLUGIN, id }];
    }),
  ];
  return plugins
    .map((plugin) => Plugin.create(plugin))
    .sort((a, b) => compare(a.type, b.type) || compare(a.id, b.id));
}

// Go has no word for the first variant of amd64: its clients show "linux/amd64" for themselves.
function asGoWritesIt(platform: Init<Platform>): Init<Platform> {
  const isFirst = platform.architecture === "amd64" && platform.variant === "v1";
  return isFirst ? { ...platform, variant: "" } : platform;
}

// Services whose package does not say what containerd calls them.
const shortNames: Readonly<Record<string, string>> = { "grpc.health.v1.Health": "healthcheck" };

/** What filters see of a plugin. */
export const lookupInPlugin =
  ({ type, id, platforms, capabilities }: Plugin): FieldLookup =>
  ([field, ...rest]) => {
    if (rest.length > 0) return ABSENT;
    switch (field) {
      case "type":
        return textField(type);
      case "id":
        return textField(id);
      case "platforms":
        return textField(platforms.map(platformText).join(","));
      case "capabilities":
        return textField(capabilities.join(","));
      default:
        return ABSENT;
    }
  };

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== "").join("/");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
