import assert from "node:assert/strict";
import { test } from "node:test";
import { chainIds } from "../../../../manager/client/unpack.ts";

test("chainIds() is the rule of the image specification", () => {
  // Computed with sha256sum from the text "sha256:a sha256:b".
  const [first, second] = chainIds(["sha256:a", "sha256:b"]);
  assert.equal(first, "sha256:a");
  assert.equal(second, "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8");
  assert.deepEqual(chainIds([]), []);
});
