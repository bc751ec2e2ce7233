import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CAPABILITIES,
  type CapabilityWish,
  capabilitySets,
  DEFAULT_CAPABILITIES,
  decideCapabilities,
} from "../../../../manager/oci/capabilities.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

const everything = new Set(CAPABILITIES);
const inOrder = (names: readonly string[]) => CAPABILITIES.filter((name) => names.includes(name));
const usual = inOrder(DEFAULT_CAPABILITIES);

const rows: [wish: CapabilityWish, expected: readonly string[], why: string][] = [
  [{}, usual, "the usual set"],
  [{ add: ["NET_ADMIN"] }, inOrder([...usual, "CAP_NET_ADMIN"]), "one more"],
  [{ add: ["cap_net_admin"] }, inOrder([...usual, "CAP_NET_ADMIN"]), "any case, with CAP_"],
  [{ drop: ["mknod"] }, usual.filter((name) => name !== "CAP_MKNOD"), "one less"],
  [{ drop: ["ALL"] }, [], "none"],
  [{ drop: ["ALL"], add: ["CHOWN"] }, ["CAP_CHOWN"], "adding by name wins over dropping all"],
  [{ add: ["ALL"] }, CAPABILITIES, "all"],
  [{ add: ["all"], drop: ["SYS_ADMIN"] }, CAPABILITIES.filter((n) => n !== "CAP_SYS_ADMIN"), "all but one"],
  [{ isPrivileged: true }, CAPABILITIES, "privileged is all"],
  [{ isPrivileged: true, drop: ["SYS_BOOT"] }, CAPABILITIES.filter((n) => n !== "CAP_SYS_BOOT"), "but one"],
];
for (const [wish, expected, why] of rows) {
  test(`decideCapabilities(${JSON.stringify(wish)}): ${why}`, () => {
    assert.deepEqual(decideCapabilities(wish, everything), expected);
  });
}

test("decideCapabilities() leaves out what the host cannot give, unless it was asked for by name", () => {
  const host = new Set(CAPABILITIES.filter((name) => name !== "CAP_SYS_RESOURCE" && name !== "CAP_MKNOD"));
  assert.equal(decideCapabilities({}, host).includes("CAP_MKNOD"), false);
  assert.equal(decideCapabilities({ isPrivileged: true }, host).length, CAPABILITIES.length - 2);
  assert.throws(
    () => decideCapabilities({ add: ["sys_resource"] }, host),
    (error) =>
      isInvalidArgument(error) &&
      (error as Error).message ===
        '--cap-add "CAP_SYS_RESOURCE": hawser itself does not have it here; start hawserd with it, or leave it out',
  );
});

const refused: [wish: CapabilityWish, message: RegExp][] = [
  [{ add: ["FLY"] }, /^--cap-add "FLY": there is no such capability; write ALL or/],
  [{ drop: [""] }, /^--cap-drop "": there is no such capability/],
  [{ add: ["KILL"], drop: ["CAP_KILL"] }, /^--cap-add "CAP_KILL": it is also in --cap-drop/],
];
for (const [wish, message] of refused) {
  test(`decideCapabilities(${JSON.stringify(wish)}) is refused`, () => {
    assert.throws(
      () => decideCapabilities(wish, everything),
      (error) => isInvalidArgument(error) && message.test((error as Error).message),
    );
  });
}

test("capabilitySets() gives root all at once, and another user none until a file brings them", () => {
  const root = capabilitySets(["CAP_CHOWN"], 0);
  assert.deepEqual(root, {
    bounding: ["CAP_CHOWN"],
    effective: ["CAP_CHOWN"],
    permitted: ["CAP_CHOWN"],
  });
  assert.deepEqual(capabilitySets(["CAP_CHOWN"], 1000), {
    bounding: ["CAP_CHOWN"],
    effective: [],
    permitted: [],
  });
});
