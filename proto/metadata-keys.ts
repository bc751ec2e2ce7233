// Names of the metadata that travels with ttrpc calls between managers and shims.

/** The containerd namespace of a call; every containerd service wants it. */
export const NAMESPACE_METADATA = "containerd-namespace-ttrpc";

/**
 * Names an event for ever: `<id of the shim's queue>/<sequence number>`. An event that is delivered again after a crash
 * comes under the same name, in its old place; a consumer drops what is not greater than what it has of that queue.
 * Managers that do not know it do not mind it.
 */
export const EVENT_ID_METADATA = "hawser-event-id";
