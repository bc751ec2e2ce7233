import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseCapabilities,
  parseKernel,
  parseLimits,
  readHostFacts,
} from "../../../../manager/oci/host-facts.ts";

test("the kernel's texts are understood", () => {
  assert.deepEqual(parseKernel("6.18.44-fc-v669"), [6, 18]);
  assert.deepEqual(parseKernel("unknown"), [0, 0]);
  assert.deepEqual([...parseCapabilities("0000000000000003")], ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]);
  assert.equal(parseCapabilities("000001ffffffffff").size, 41);
  assert.equal(parseCapabilities("ffffffffffffffff").size, 41);
  const limits = parseLimits(
    [
      "Limit                     Soft Limit           Hard Limit           Units     ",
      "Max cpu time              unlimited            unlimited            seconds   ",
      "Max open files            1024                 20000                files     ",
      "Max nice priority         0                    0                    ",
      "Max of tomorrow           1                    2                    ",
    ].join("\n"),
  );
  assert.deepEqual(limits.get("RLIMIT_CPU"), { soft: undefined, hard: undefined });
  assert.deepEqual(limits.get("RLIMIT_NOFILE"), { soft: 1024n, hard: 20_000n });
  assert.deepEqual(limits.get("RLIMIT_NICE"), { soft: 0n, hard: 0n });
  assert.equal(limits.size, 3);
});

test("this host has processors, limits and controllers", () => {
  const host = readHostFacts();
  assert.ok(host.cpus.length > 0);
  assert.equal(host.limits.size, 16);
  assert.ok(host.controllers.has("memory"));
  assert.ok(host.kernel[0] >= 5);
});
