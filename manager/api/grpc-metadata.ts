// The headers of a call that mean something to every service: which namespace, which lease, until when.
// Always true: a namespace that comes out of here is valid.
import type { Metadata } from "@grpc/grpc-js";
import { Code, HawserError } from "../../proto/errors.ts";
import { validateId } from "../../proto/identifiers.ts";

/** The containerd namespace of a call. */
export const NAMESPACE_HEADER = "containerd-namespace";
/** The lease that new resources are put under. */
export const LEASE_HEADER = "containerd-lease";

/**
 * The namespace of a call; empty when it has none and none is needed. Throws FailedPrecondition when one is needed, and
 * InvalidArgument for a name that none can have.
 */
export function namespaceOf(metadata: Metadata, isNeeded: boolean): string {
  const namespace = first(metadata, NAMESPACE_HEADER);
  if (namespace !== undefined) return validateId("namespace", namespace);
  if (isNeeded) throw new HawserError(Code.FailedPrecondition, "namespace is required");
  return "";
}

/** The lease of a call, of which nothing is known but its name. */
export function leaseOf(metadata: Metadata): string | undefined {
  return first(metadata, LEASE_HEADER);
}

/** The deadline that gRPC has read from its own header. */
export function deadlineOf(deadline: Date | number): Date | undefined {
  if (deadline instanceof Date) return deadline;
  return Number.isFinite(deadline) ? new Date(deadline) : undefined;
}

// containerd's clients put the newest value in front of those that are there already, and Node's http2 joins the values
// of one name with ", ": a client that named its namespace twice sends "new, old".
function first(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)[0]?.toString().split(", ", 1)[0];
  return value === "" ? undefined : value;
}
