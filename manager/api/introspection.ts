// The Introspection service: who this manager is, what it is made of, and what its runtimes say of themselves.
// Answers from memory, but for PluginInfo, which runs a shim's program.
import { statSync } from "node:fs";
import { pack, unpack } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Introspection, type Plugin } from "../../proto/gen/introspection.ts";
import { RuntimeInfo, RuntimeRequest } from "../../proto/gen/runtime.ts";
import { parseFilters } from "../metadata/filter.ts";
import { type ApiService, apiService } from "./api-service.ts";
import { lookupInPlugin, RUNTIME_PLUGIN } from "./plugins.ts";

/** Asks a runtime what it is. */
export type AskRuntime = (request: RuntimeRequest, signal: AbortSignal) => Promise<RuntimeInfo>;

/** What the service tells. */
export interface IntrospectionOptions {
  /** Identity of the root directory: see manager/server-uuid.ts. */
  readonly uuid: string;
  readonly plugins: readonly Plugin[];
  readonly askRuntime: AskRuntime;
}

/** The Introspection service. */
export function introspectionApi({ uuid, plugins, askRuntime }: IntrospectionOptions): ApiService {
  return apiService(
    Introspection,
    {
      server: () => ({ uuid, pid: BigInt(process.pid), pidns: pidNamespace() }),
      plugins({ filters }) {
        const matches = parseFilters(filters);
        return { plugins: plugins.filter((plugin) => matches(lookupInPlugin(plugin))) };
      },
      async pluginInfo({ type, id, options }, { signal }) {
        const plugin = plugins.find((candidate) => candidate.type === type && candidate.id === id);
        if (plugin === undefined) {
          throw new HawserError(Code.NotFound, `ask plugin "${clip(type)}" "${clip(id)}": there is none`);
        }
        // Only runtimes have more to say.
        if (type !== RUNTIME_PLUGIN || options === undefined) return { plugin };
        const info = await askRuntime(unpack(options, RuntimeRequest), signal);
        return { plugin, extra: pack(RuntimeInfo, info) };
      },
    },
    { isNamespaced: false },
  );
}

/** The inode of our pid namespace, by which a client sees whether our pid means anything to it. */
function pidNamespace(): bigint {
  return statSync("/proc/self/ns/pid", { bigint: true }).ino;
}

function clip(text: string): string {
  return text.slice(0, 128);
}
