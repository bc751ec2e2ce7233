// What a test says about the container it wants, and the shim's program that is to make it.

import type { OciSpec } from "../../manager/oci/default-spec.ts";
import type { ShimInvocation } from "../../manager/runtime/shim-binary.ts";
import type { Init } from "../../proto/codec.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import type { EventRecorder } from "./event-recorder.ts";

/** A shim's program, and the OCI runtime it is to use. */
export interface ShimProgram {
  /** Absolute. */
  readonly binary: string;
  /** Name of the OCI runtime: `runc`, `crun`. */
  readonly runtime: string;
  /** Events that it sends without a reason; a recorder that waits for an exact order overlooks them. */
  readonly groundless?: readonly string[];
  /** Its `delete` leaves the socket of a shim that was killed; the harness removes it. */
  readonly leavesDeadSocket?: boolean;
}

/** Where things of a container lie. */
export interface ContainerPlaces {
  /** The suite's directory. */
  readonly dir: string;
  /** A root file system shared by all containers that bring none of their own. */
  readonly rootDir: string;
  /** The root of the OCI runtime's state. */
  readonly runtimeRoot: string;
}

/** A container whose shim others join. */
export interface Group {
  readonly id: string;
  readonly namespace: string;
  readonly events: EventRecorder;
  readonly invocation: ShimInvocation;
}

/** What a container is to be. */
export interface ContainerOptions {
  /** A shell script for init. */
  readonly script?: string;
  /** Init's arguments, instead of a script. Neither: it lives until it is killed, and SIGTERM ends it. */
  readonly args?: readonly string[];
  readonly isTerminal?: boolean;
  /** Absolute; default: the harness's. `rootfs` is the bundle's own, for tests that mount there. */
  readonly rootDir?: string;
  readonly rootfs?: readonly Init<Mount>[];
  /** The container whose shim this one is to join. */
  readonly groupWith?: Group;
  /** The last word on the specification. */
  readonly adjust?: (spec: OciSpec) => void;
}

/** What lives until somebody ends it; SIGTERM does, with status 0. */
export const FOREVER = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

/** The arguments of a shell that runs a script. */
export function shell(script: string): string[] {
  return ["/bin/sh", "-c", script];
}
