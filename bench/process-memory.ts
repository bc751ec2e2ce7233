// What a process holds in memory, as the kernel counts it.
import { readFileSync } from "node:fs";

/** In MB of 2^20 bytes. */
export interface Memory {
  /** Private_Clean and Private_Dirty: what would be free if the process went. */
  readonly privateMb: number;
  /** Pss: what it shares with others is divided among them. */
  readonly proportionalMb: number;
}

/** Reads smaps_rollup. Throws the system's error for a process that is gone. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mb = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1024;
  return { privateMb: mb("Private_Clean") + mb("Private_Dirty"), proportionalMb: mb("Pss") };
}
