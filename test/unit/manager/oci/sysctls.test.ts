import assert from "node:assert/strict";
import { test } from "node:test";
import { decideOomScore } from "../../../../manager/oci/oom-score.ts";
import { decideSysctls, NETWORK_SYSCTLS } from "../../../../manager/oci/sysctls.ts";
import { HOST, refuses } from "./support.ts";

const sysctl = (name: string, setting = "1") => ({
  flag: "--sysctl",
  value: `${name}=${setting}`,
  name,
  setting,
});
const own = { hasOwnNetwork: true };
const shared = { hasOwnNetwork: false };

test("a network of its own brings low ports and ping, and a wish has the last word", () => {
  assert.deepEqual(decideSysctls([], own), NETWORK_SYSCTLS);
  assert.deepEqual(decideSysctls([], shared), {});
  const low = "net.ipv4.ip_unprivileged_port_start";
  assert.equal(decideSysctls([sysctl(low, "80"), sysctl(low, "90")], own)[low], "90");
  assert.deepEqual(decideSysctls([sysctl("kernel.shmmax"), sysctl("fs.mqueue.msg_max")], shared), {
    "kernel.shmmax": "1",
    "fs.mqueue.msg_max": "1",
  });
});

const refused: [name: string, about: typeof own, message: RegExp][] = [
  ["net.core.somaxconn", shared, /^--sysctl "net.core.somaxconn=1": it would change the host's network/],
  ["kernel.hostname", own, /a hostname has a flag of its own; use --hostname/],
  ["vm.swappiness", own, /it belongs to the whole host/],
  ["kernel.pid_max", own, /it belongs to the whole host/],
];
for (const [name, about, message] of refused) {
  test(`decideSysctls() refuses ${name}`, () => {
    refuses(() => decideSysctls([sysctl(name)], about), message);
  });
}

const score = (is: number) => ({ flag: "--oom-score-adj", value: String(is), is });
const weak = { ...HOST, capabilities: new Set<string>() };

test("the score is 0 unless asked, also under a manager that protects itself", () => {
  assert.equal(decideOomScore(undefined, HOST), 0);
  assert.equal(decideOomScore(undefined, { ...weak, oomScoreAdj: -500 }), 0);
  assert.equal(decideOomScore(undefined, { ...weak, oomScoreAdj: 200 }), undefined);
  assert.equal(decideOomScore(undefined, { ...HOST, oomScoreAdj: 200 }), 0);
  assert.equal(decideOomScore(score(-300), HOST), -300);
  assert.equal(decideOomScore(score(300), weak), 300);
  refuses(() => decideOomScore(score(-1), weak), /below hawser's own score of 0/);
  refuses(() => decideOomScore(score(1001), HOST), /no score; write a number from -1000 to 1000/);
});
