// `npm run bench [-- name…]`: runs the named measurements, or all of them, one after the other; prints each table and
// puts it into its own section of bench/README.md. A missed target is a finding and not a failure: the exit code says
// only whether the measuring worked.
import type { Bench } from "./bench.ts";
import { describeRun } from "./machine.ts";
import { writeSection } from "./readme.ts";

/** Every bench by name; loaded when it is its turn, so that none pays for another's imports. */
const benches: Record<string, () => Promise<Bench>> = {
  ttrpc: async () => (await import("./ttrpc.ts")).ttrpc,
  shim: async () => (await import("./shim.ts")).shim,
  attach: async () => (await import("./attach.ts")).attach,
  manager: async () => (await import("./manager.ts")).manager,
  run: async () => (await import("./run.ts")).run,
  events: async () => (await import("./events.ts")).events,
};

async function measure(bench: Bench): Promise<void> {
  console.log(`bench ${bench.name}: ${bench.title}`);
  const report = await bench.measure((line) => console.log(`  ${line}`));
  const section = [`## ${bench.name}: ${bench.title}`, describeRun(bench.sources), report.text].join("\n\n");
  console.log(`\n${section}\n`);
  for (const { what, measured, isMet } of report.targets) {
    console.log(`${isMet ? "met   " : "MISSED"}  ${what}: ${measured}`);
  }
  const missed = report.targets.filter(({ isMet }) => !isMet).length;
  if (missed > 0) console.log(`\n!!! ${missed} of ${report.targets.length} targets missed, see above`);
  await writeSection(bench.name, section);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(
    `bench: there is no bench "${unknown.join('", "')}"; there are: ${Object.keys(benches).join(", ")}`,
  );
  process.exitCode = 2;
} else {
  for (const name of wanted) {
    const load = benches[name];
    if (load !== undefined) await measure(await load());
  }
}
