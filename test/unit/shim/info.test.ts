import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../../proto/any.ts";
import { Any } from "../../../proto/gen/any.ts";
import { Options } from "../../../proto/gen/runc-options.ts";
import { RuntimeInfo } from "../../../proto/gen/runtime.ts";
import { Options as GenericOptions } from "../../../proto/gen/runtime-options.ts";
import { runtimeInfo } from "../../../shim/info.ts";

const features = Buffer.from('{"ociVersionMin":"1.0.0"}');

test("runtimeInfo() asks the runtime that the options name, and echoes them", async () => {
  const options = pack(Options, { binaryName: "/opt/crun" });
  const asked: string[] = [];
  const info = RuntimeInfo.decode(
    await runtimeInfo(Any.encode(options), async (binary) => {
      asked.push(binary);
      return features;
    }),
  );
  assert.deepEqual(asked, ["/opt/crun"]);
  assert.equal(info.name, "io.containerd.hawser.v2");
  assert.equal(info.options?.typeUrl, "containerd.runc.v1.Options");
  assert.equal(info.features?.typeUrl, "types.containerd.io/opencontainers/runtime-spec/1/features/Features");
  assert.deepEqual(Buffer.from(info.features?.value ?? []), features);
});

test("runtimeInfo() understands generic options, as containerd sends them for a runtime named by path", async () => {
  const options = pack(GenericOptions, { configBody: Buffer.from('BinaryName = "/opt/youki"') });
  const asked: string[] = [];
  await runtimeInfo(Any.encode(options), async (binary) => {
    asked.push(binary);
    return undefined;
  });
  assert.deepEqual(asked, ["/opt/youki"]);
});

test("runtimeInfo() asks crun where runc cannot tell", async () => {
  const asked: string[] = [];
  const info = await runtimeInfo(new Uint8Array(0), async (binary) => {
    asked.push(binary);
    if (binary === "runc") throw new Error("not found");
    return features;
  });
  assert.deepEqual(asked, ["runc", "crun"]);
  assert.ok(RuntimeInfo.decode(info).features);
});

const tolerated: [why: string, input: Uint8Array][] = [
  ["no options", new Uint8Array(0)],
  ["options of a stranger", Any.encode({ typeUrl: "x.y", value: Buffer.from([255]) })],
  [
    "options that are not what they say",
    Any.encode({ typeUrl: Options.typeName, value: Buffer.from([255]) }),
  ],
  ["garbage", Buffer.from([255, 255])],
];

for (const [why, input] of tolerated) {
  test(`runtimeInfo() answers to ${why}`, async () => {
    const info = RuntimeInfo.decode(await runtimeInfo(input, async () => undefined));
    assert.equal(info.name, "io.containerd.hawser.v2");
    assert.equal(info.features, undefined);
  });
}

test("runtimeInfo() answers without features when the runtime cannot be asked", async () => {
  const info = RuntimeInfo.decode(
    await runtimeInfo(new Uint8Array(0), () => Promise.reject(new Error("gone"))),
  );
  assert.equal(info.features, undefined);
});
