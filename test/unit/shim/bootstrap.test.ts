import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../../proto/any.ts";
import { isInvalidArgument } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { BootstrapParams, LogLevel } from "../../../proto/gen/bootstrap.ts";
import { Options as RuncOptions } from "../../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../../proto/gen/runtime-options.ts";
import { formatReply, MAX_INPUT_BYTES, parseBootstrapInput } from "../../../shim/bootstrap.ts";

const identity = { id: "c1", namespace: "ns" };
const options = pack(RuncOptions, { shimCgroup: "/shims" });

test("parseBootstrapInput() takes nothing for nothing", () => {
  const input = parseBootstrapInput(new Uint8Array(0), identity);
  assert.equal(input.form, "empty");
  assert.equal(input.options, undefined);
});

test("parseBootstrapInput() takes an Any of options, which looks like params, for options", () => {
  const input = parseBootstrapInput(Any.encode(options), identity);
  assert.equal(input.form, "options");
  assert.deepEqual(input.options, options);
});

test("parseBootstrapInput() takes params by their bytes", () => {
  // 1 "c1", 2 "ns", 3 -4, 5 "/t", 6 "/g", 9 "/s"
  const negative = "fcffffffffffffffff01";
  const bytes = Buffer.from(
    `0a0263311202 6e73 18${negative} 2a022f74 32022f67 4a022f73`.replaceAll(" ", ""),
    "hex",
  );
  assert.deepEqual(parseBootstrapInput(bytes, identity), {
    form: "params",
    options: undefined,
    isDebug: true,
    ttrpcAddress: "/t",
    grpcAddress: "/g",
    socketDir: "/s",
  });
});

const params: [
  why: string,
  init: Parameters<typeof BootstrapParams.encode>[0],
  form: string,
  isDebug: boolean,
][] = [
  ["both names agree", { instanceId: "c1", namespace: "ns" }, "params", false],
  ["another id", { instanceId: "c2", namespace: "ns" }, "options", false],
  ["another namespace", { instanceId: "c1", namespace: "no" }, "options", false],
  ["level trace", { instanceId: "c1", namespace: "ns", logLevel: LogLevel.TRACE }, "params", true],
  ["level warn", { instanceId: "c1", namespace: "ns", logLevel: LogLevel.WARN }, "params", false],
  ["a level of the future", { instanceId: "c1", namespace: "ns", logLevel: -100 }, "params", true],
];

for (const [why, init, form, isDebug] of params) {
  test(`parseBootstrapInput(): ${why} → ${form}`, () => {
    const input = parseBootstrapInput(BootstrapParams.encode(init), identity);
    assert.equal(input.form, form);
    assert.equal(input.isDebug, isDebug);
  });
}

test("parseBootstrapInput() finds options of either type among the extensions, whatever is before the slash", () => {
  for (const value of [
    options,
    { ...options, typeUrl: `type.example/${options.typeUrl}` },
    pack(GenericOptions, { configPath: "/x" }),
  ]) {
    const bytes = BootstrapParams.encode({
      instanceId: "c1",
      namespace: "ns",
      extensions: [{}, { value: { typeUrl: "other", value: new Uint8Array(3) } }, { value }],
    });
    assert.equal(parseBootstrapInput(bytes, identity).options?.typeUrl, value.typeUrl);
  }
});

test("parseBootstrapInput() refuses garbage, and more than it reads", () => {
  assert.throws(() => parseBootstrapInput(Buffer.from("ffffff", "hex"), identity), isInvalidArgument);
  assert.throws(() => parseBootstrapInput(new Uint8Array(MAX_INPUT_BYTES + 1), identity), isInvalidArgument);
});

const protobuf = "0803120975 6e69783a2f2f2f73 1a05 7474727063".replaceAll(" ", "");
const plain = Buffer.from("unix:///s").toString("hex");
const json = Buffer.from('{"version":3,"address":"unix:///s","protocol":"ttrpc"}').toString("hex");

const replies: [why: string, ...Parameters<typeof context>, hex: string][] = [
  ["1.6 sets no MAX_SHIM_VERSION", "empty", undefined, undefined, plain],
  ["1.6 with options", "options", undefined, undefined, plain],
  ["1.6 is never given JSON, whatever is configured", "empty", undefined, "3", plain],
  ["1.7 and 2.0 cannot be told apart", "options", "2", undefined, plain],
  ["the operator knows that it is 2.0", "options", "2", "3", json],
  ["an empty setting is none", "empty", "2", "", plain],
  ["params mean 2.3", "params", "2", undefined, protobuf],
  ["params win over the setting", "params", "2", "2", protobuf],
];

function context(form: "empty" | "options" | "params", maxShimVersion?: string, configuredVersion?: string) {
  return { form, maxShimVersion, configuredVersion };
}

for (const [why, form, max, configured, hex] of replies) {
  test(`formatReply(): ${why}`, () => {
    assert.equal(Buffer.from(formatReply("unix:///s", context(form, max, configured))).toString("hex"), hex);
  });
}

test("formatReply() refuses a configured version that there is not", () => {
  assert.throws(() => formatReply("unix:///s", context("empty", "2", "4")), isInvalidArgument);
});
