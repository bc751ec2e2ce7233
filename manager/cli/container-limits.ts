// New limits for a container that is there: in its record, for the next start, and in its cgroup, when it runs.
import { packJson } from "../../proto/any.ts";
import { isNotFound } from "../../proto/errors.ts";
import { Containers } from "../../proto/gen/containers.ts";
import type { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";
import { readHostFacts } from "../oci/host-facts.ts";
import { decideResources, type ResourceWish } from "../oci/resources.ts";
import type { OciResources } from "../oci/spec.ts";
import { findTask } from "./container-stop.ts";

/** Changes them; what is not wished for stays. The running container first: what it refuses is not written down. */
export async function changeLimits(
  client: Client,
  container: Container,
  wish: ResourceWish,
  signal: AbortSignal,
): Promise<void> {
  const { devices: _, ...changes } = decideResources(wish, [], readHostFacts());
  if (Object.keys(changes).length === 0) return;
  const { spec } = await container.info({ signal });
  const old = spec.linux.resources ?? {};
  const merged = merge(old, changes);
  const { devices: __, ...limits } = merged;
  await using task = await findTask(container, signal);
  try {
    if (task !== undefined && (await task.state({ signal })).status !== "stopped") {
      await task.update({ resources: { ...limits }, signal });
    }
  } catch (error) {
    // It has ended in between.
    if (!isNotFound(error)) throw error;
  }
  const changed = { ...spec, linux: { ...spec.linux, resources: merged } };
  const record = { id: container.id, spec: packJson("Spec", changed) };
  await client.service(Containers).update({ container: record, updateMask: { paths: ["spec"] } }, { signal });
}

function merge(old: OciResources, changes: OciResources): OciResources {
  const merged: Record<string, unknown> = { ...old };
  for (const [name, part] of Object.entries(changes)) {
    merged[name] = { ...(merged[name] as object | undefined), ...part };
  }
  return merged;
}
