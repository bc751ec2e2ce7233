// `--restart no|on-failure[:max]|always|unless-stopped`.
import type { RestartPolicy } from "../../client/managed-labels.ts";
import { refusal } from "../../oci/refusal.ts";

/** The policy, as it is kept. */
export function parseRestart(flag: string, value: string): RestartPolicy {
  if (value === "" || value === "no") return "no";
  if (value === "always" || value === "unless-stopped" || value === "on-failure") return value;
  const [, max = ""] = /^on-failure:(\d{1,9})$/.exec(value) ?? [];
  // docker: no number is no end.
  if (max !== "") return Number(max) === 0 ? "on-failure" : `on-failure:${Number(max)}`;
  throw refusal({ flag, value }, "no policy", "write no, on-failure, on-failure:5, always or unless-stopped");
}
