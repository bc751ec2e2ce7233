// The definitions of the daemon's services, for `client.service(…)`: calls that the client has no word for.
export { Containers } from "../../proto/gen/containers.ts";
export { Content } from "../../proto/gen/content.ts";
export { Daemon } from "../../proto/gen/daemon.ts";
export { Diff } from "../../proto/gen/diff.ts";
export { Events } from "../../proto/gen/events-service.ts";
export { Health } from "../../proto/gen/health.ts";
export { Images } from "../../proto/gen/images.ts";
export { Introspection } from "../../proto/gen/introspection.ts";
export { Leases } from "../../proto/gen/leases.ts";
export { Namespaces } from "../../proto/gen/namespaces.ts";
export { Processes } from "../../proto/gen/processes.ts";
export { Shims } from "../../proto/gen/shims.ts";
export { Snapshots } from "../../proto/gen/snapshots.ts";
export { Streaming } from "../../proto/gen/streaming.ts";
export { Tasks } from "../../proto/gen/tasks.ts";
export { Transfer } from "../../proto/gen/transfer.ts";
export { Version } from "../../proto/gen/version.ts";
