// A reporter for node:test that writes one line of JSON per event. It runs inside the process of a test file and tells the
// runner on descriptor 3 what was started, what ended how, and the counts; what a person reads comes from the ordinary
// `spec` reporter. It must not decide anything.

import { writeSync } from "node:fs";

/** What the runner wants to know of an event; see `FileOutcome`. */
export interface TestEvent {
  type: string;
  name?: string | undefined;
  nesting?: number | undefined;
  isSuite?: boolean | undefined;
  skip?: string | boolean | undefined;
  todo?: string | boolean | undefined;
  counts?: Counts | undefined;
}

/** The totals with which a test process ends. */
export interface Counts {
  passed: number;
  failed: number;
  cancelled: number;
  skipped: number;
  todo: number;
  tests: number;
}

interface NodeEvent {
  type: string;
  data: {
    name?: string;
    nesting?: number;
    skip?: string | boolean;
    todo?: string | boolean;
    counts?: Counts;
    details?: { type?: string };
  };
}

const wanted = new Set(["test:dequeue", "test:complete", "test:pass", "test:fail", "test:summary"]);

// biome-ignore lint/correctness/useYield: a reporter is a generator, and this one has its own way out
// biome-ignore lint/style/noDefaultExport: Node loads a reporter by its default export
export default async function* eventReporter(source: AsyncIterable<NodeEvent>): AsyncGenerator<never> {
  for await (const { type, data } of source) {
    if (!wanted.has(type)) continue;
    const event: TestEvent = {
      type,
      name: data.name,
      nesting: data.nesting,
      isSuite: data.details?.type === "suite" ? true : undefined,
      skip: data.skip,
      todo: data.todo,
      counts: data.counts,
    };
    // At once, and not by way of Node's destination: a socket cannot be opened by its name in /dev/fd.
    writeSync(3, `${JSON.stringify(event)}\n`);
  }
}
