// A program that follows events and writes each down, a line of cursor and container id, before it takes the next: what it is
// to be shown that somebody who dies at any moment and goes on behind their last line has missed nothing and repeated nothing.
// Usage: event-consumer.ts <address> <file>. Ends only by a signal.
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { Client } from "../../manager/client/client.ts";

const [address = "", path = ""] = process.argv.slice(2);
const written = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
// A line that was cut by a kill was not taken.
const whole = written.lastIndexOf("\n") + 1;
const file = openSync(path, "a");
ftruncateSync(file, whole);
const lines = written.subarray(0, whole).toString().split("\n");
const after = BigInt(lines.at(-2)?.split(" ")[0] ?? "0");

await using client = await Client.connect({ address, timeoutMs: 60_000 });
for await (const event of client.followEvents({ after, allNamespaces: true })) {
  if (event.kind === "gap") writeSync(file, `${event.cursor} gap ${event.reason}\n`);
  if (event.topic === "/tasks/oom") writeSync(file, `${event.cursor} ${event.payload.containerId}\n`);
}
closeSync(file);
