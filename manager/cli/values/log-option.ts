// `--log-opt name=value`: how the log of a container's output is kept. docker's words where docker has them.
import { isAbsolute } from "node:path";
import type { BrokeredStdio } from "../../../proto/brokered-stdio.ts";
import { refusal } from "../../oci/refusal.ts";
import { parseMemorySize } from "./memory-size.ts";
import { parseInteger } from "./number.ts";

type Read = (flag: string, value: string) => BrokeredStdio;

const OPTIONS: Readonly<Record<string, Read>> = {
  "max-size": (flag, value) => ({ maxFileBytes: atLeastOne(flag, value) }),
  "max-file": (flag, value) => ({ maxFiles: parseInteger(flag, value, 1, 1_000) }),
  "on-full-disk": (flag, value) => ({ onFullDisk: blockOrDrop(flag, value) }),
  "max-rate": (flag, value) => ({ maxBytesPerSecond: parseMemorySize(flag, value) }),
  "ring-size": (flag, value) => ({ ringBytes: parseMemorySize(flag, value) }),
  "cri-log": (flag, value) => ({ criLogPath: absolute(flag, value) }),
};

/** Takes one apart. */
export function parseLogOption(flag: string, value: string): BrokeredStdio {
  const end = value.indexOf("=");
  const name = end < 0 ? value : value.slice(0, end);
  const read = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (read !== undefined && end >= 0) return read(`${flag} ${name}`, value.slice(end + 1));
  throw refusal(
    { flag, value },
    "not understood",
    `write name=value, with ${Object.keys(OPTIONS).join(", ")}`,
  );
}

function atLeastOne(flag: string, value: string): number {
  const size = parseMemorySize(flag, value);
  if (size > 0) return size;
  throw refusal({ flag, value }, "a file has at least a byte", "write a size such as 10m");
}

function blockOrDrop(flag: string, value: string): "block" | "drop" {
  if (value === "block" || value === "drop") return value;
  throw refusal(
    { flag, value },
    "no policy",
    "write block, which holds the container until there is room, or drop, which loses output and says so",
  );
}

function absolute(flag: string, value: string): string {
  if (isAbsolute(value) && !value.includes("\0")) return value;
  throw refusal({ flag, value }, "no absolute path", "write one that begins with /");
}
