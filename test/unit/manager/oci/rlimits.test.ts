import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFacts, LimitPair } from "../../../../manager/oci/host-facts.ts";
import { decideRlimits, type UlimitWish } from "../../../../manager/oci/rlimits.ts";
import { HOST, refuses } from "./support.ts";

const hostWith = (hard: bigint | undefined, mayRaise: boolean): HostFacts => ({
  ...HOST,
  limits: new Map<string, LimitPair>([
    ["RLIMIT_NOFILE", { soft: 1n, hard }],
    ["RLIMIT_NPROC", { soft: 1n, hard: 100n }],
  ]),
  capabilities: new Set(mayRaise ? ["CAP_SYS_RESOURCE"] : []),
});
const ulimit = (type: string, soft: bigint | undefined, hard: bigint | undefined): UlimitWish => ({
  flag: "--ulimit",
  value: `${type}`,
  type,
  soft,
  hard,
});
const said = (wishes: UlimitWish[], host: HostFacts) =>
  JSON.stringify(decideRlimits(wishes, host).map(({ type, soft, hard }) => [type, soft, hard]));

const rows: [wishes: UlimitWish[], host: HostFacts, expected: string, why: string][] = [
  [[], hostWith(undefined, true), '[["RLIMIT_NOFILE",1024,524288]]', "open files are always said"],
  [[], hostWith(20_000n, false), '[["RLIMIT_NOFILE",1024,20000]]', "no higher than ours"],
  [
    [],
    hostWith(100n, true),
    '[["RLIMIT_NOFILE",100,100]]',
    "no higher than ours, unasked, even where we may",
  ],
  [[ulimit("RLIMIT_NOFILE", 5n, 6n)], hostWith(100n, false), '[["RLIMIT_NOFILE",5,6]]', "as asked"],
  [
    [ulimit("RLIMIT_CORE", 0n, undefined)],
    hostWith(100n, false),
    '[["RLIMIT_NOFILE",100,100],["RLIMIT_CORE",0,18446744073709551615]]',
    "nothing is known of ours: the kernel will tell",
  ],
  [
    [ulimit("RLIMIT_NPROC", 200n, 200n)],
    hostWith(1n, true),
    '[["RLIMIT_NOFILE",1,1],["RLIMIT_NPROC",200,200]]',
    "we may raise",
  ],
];
for (const [wishes, host, expected, why] of rows) {
  test(`decideRlimits() is ${expected}: ${why}`, () => {
    assert.equal(said(wishes, host), expected);
  });
}

for (const hard of [101n, undefined]) {
  test(`decideRlimits() refuses ${hard ?? "no limit"} above our own where we may not raise it`, () => {
    refuses(
      () => decideRlimits([ulimit("RLIMIT_NPROC", 1n, hard)], hostWith(1n, false)),
      /above hawser's own limit of 100, and it may not raise it; ask for less/,
    );
  });
}
