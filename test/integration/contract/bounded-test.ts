// A test of the contract has a minute: Wait has no deadline of its own, and a container that does not end would hold the suite.
// What a test leaves that was given up is undone at the end of the suite.

import { type TestContext, test as unbounded } from "node:test";

const LONGEST_MS = 60_000;

/** Like `test` of node:test. */
export function test(name: string, body: (context: TestContext) => Promise<void>): void {
  void unbounded(name, { timeout: LONGEST_MS }, body);
}
