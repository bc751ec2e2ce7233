import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "protobufjs/minimal.js";
import { Any } from "../../../proto/gen/any.ts";
import { BootstrapParams, LogLevel } from "../../../proto/gen/bootstrap.ts";
import { CPUUsage } from "../../../proto/gen/cgroups-v1.ts";
import { PSIData } from "../../../proto/gen/cgroups-v2.ts";
import { Descriptor } from "../../../proto/gen/descriptor.ts";
import { Empty } from "../../../proto/gen/empty.ts";
import { Sandbox } from "../../../proto/gen/sandbox-record.ts";
import { Streaming } from "../../../proto/gen/streaming.ts";
import {
  ConnectRequest,
  ConnectResponse,
  CreateTaskRequest,
  StartRequest,
  StateResponse,
  Task,
  UpdateTaskRequest,
} from "../../../proto/gen/task.ts";
import { Task as TaskV2 } from "../../../proto/gen/task-v2.ts";
import { Timestamp } from "../../../proto/gen/timestamp.ts";
import { Request, Response } from "../../../proto/gen/ttrpc.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

test("the bodies of ttrpc's golden frames are written and read to the byte", () => {
  const connect = Request.create({
    service: TaskV2.name,
    method: TaskV2.methods.connect.name,
    payload: ConnectRequest.encode({ id: "c1" }),
    timeoutNano: 2_000_000_000n,
    metadata: [{ key: "containerd-namespace-ttrpc", value: "k8s.io" }],
  });
  const connectBody = `0a17636f6e7461696e6572642e7461736b2e76322e5461736b 1207436f6e6e656374 1a040a026331 2080a8d6b907
    2a240a1a636f6e7461696e6572642d6e616d6573706163652d747472706312066b38732e696f`;
  const notFound = Response.create({ status: { code: 5, message: "c1: not found" } });
  const connected = Response.create({ payload: ConnectResponse.encode({ shimPid: 77, taskPid: 88 }) });
  for (const [codec, message, body] of [
    [Request, connect, connectBody],
    [Response, notFound, "0a110805120d63313a206e6f7420666f756e64"],
    [Response, connected, "1204084d1058"],
  ] as const) {
    assert.equal(hex(codec.encode(message as never)), hex(bytes(body)));
    assert.deepEqual(codec.decode(bytes(body)), message);
  }
  assert.equal(bytes(connectBody).length, 0x54);
});

test("a request without a payload is not one with an empty payload", () => {
  assert.equal(hex(Request.encode({ method: "M" })), "12014d");
  assert.equal(hex(Request.encode({ method: "M", payload: new Uint8Array() })), "12014d1a00");
  assert.equal(Request.decode(bytes("12014d")).payload, undefined);
  assert.deepEqual(Request.decode(bytes("12014d1a00")).payload, new Uint8Array());
});

test("an absent socket directory is not an empty one", () => {
  assert.equal(BootstrapParams.decode(bytes("")).socketDir, undefined);
  assert.equal(BootstrapParams.decode(bytes("4a00")).socketDir, "");
  assert.equal(hex(BootstrapParams.encode({ socketDir: "" })), "4a00");
});

test("an absent submessage is undefined and an empty one is there", () => {
  assert.equal(Response.decode(bytes("")).status, undefined);
  assert.deepEqual(Response.decode(bytes("0a00")).status, { code: 0, message: "", details: [] });
  assert.equal(hex(Response.encode({ status: {} })), "0a00");
});

test("fields that hold their default are not written, and missing ones are read as it", () => {
  const defaults = StateResponse.create();
  assert.equal(hex(StateResponse.encode(defaults)), "");
  assert.deepEqual(StateResponse.decode(bytes("")), defaults);
  assert.deepEqual(defaults, {
    id: "",
    bundle: "",
    pid: 0,
    status: 0,
    stdin: "",
    stdout: "",
    stderr: "",
    terminal: false,
    exitStatus: 0,
    exitedAt: undefined,
    execId: "",
  });
});

test("create() completes at every depth and shares no list or map with what it was given", () => {
  const init = { rootfs: [{ type: "bind" }], options: { typeUrl: "x" } };
  const message = CreateTaskRequest.create(init);
  assert.deepEqual(message.rootfs, [{ type: "bind", source: "", target: "", options: [] }]);
  assert.deepEqual(message.options, { typeUrl: "x", value: new Uint8Array() });
  message.rootfs.pop();
  assert.equal(init.rootfs.length, 1);
});

test("integers of 64 bits are exact to the last", () => {
  for (const [seconds, body] of [
    [-62_135_596_800n, "088092b8c398feffffff01"],
    [2n ** 63n - 1n, "08ffffffffffffffff7f"],
    [-(2n ** 63n), "0880808080808080808001"],
    [-1n, "08ffffffffffffffffff01"],
    [2n ** 31n, "088080808008"],
    [2n ** 32n, "088080808010"],
    [-(2n ** 31n), "0880808080f8ffffffff01"],
    [2n ** 53n + 1n, "088180808080808010"],
  ] as const) {
    assert.equal(hex(Timestamp.encode({ seconds })), body);
    assert.equal(Timestamp.decode(bytes(body)).seconds, seconds);
  }
  for (const [total, body] of [
    [2n ** 64n - 1n, "08ffffffffffffffffff01"],
    [2n ** 63n, "0880808080808080808001"],
    [2n ** 32n - 1n, "08ffffffff0f"],
    [1n, "0801"],
  ] as const) {
    assert.equal(hex(CPUUsage.encode({ total })), body);
    assert.equal(CPUUsage.decode(bytes(body)).total, total);
  }
});

test("negative enum values and int32 are ten bytes, and unknown enum values survive", () => {
  assert.equal(hex(BootstrapParams.encode({ logLevel: LogLevel.DEBUG })), "18fcffffffffffffffff01");
  assert.equal(BootstrapParams.decode(bytes("18fcffffffffffffffff01")).logLevel, LogLevel.DEBUG);
  assert.equal(BootstrapParams.decode(bytes("1863")).logLevel, 99);
  assert.equal(hex(BootstrapParams.encode({ logLevel: 99 })), "1863");
});

test("minus zero and NaN are no defaults", () => {
  for (const value of [-0, Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.equal(PSIData.decode(PSIData.encode({ avg10: value })).avg10, value);
  }
  assert.equal(hex(PSIData.encode({ avg10: 0 })), "");
});

test("a list of numbers is written packed and read packed, single, and mixed", () => {
  assert.equal(hex(CPUUsage.encode({ perCpu: [1n, 300n] })), "220301ac02");
  for (const body of ["220301ac02", "200120ac02", "20012202ac02"]) {
    assert.deepEqual(CPUUsage.decode(bytes(body)).perCpu, [1n, 300n]);
  }
  assert.throws(() => CPUUsage.decode(bytes("220201ac0210")), RangeError, "an item that leaves its list");
});

test("of a field that comes twice, the last counts; submessages are not merged", () => {
  assert.equal(StartRequest.decode(bytes("0a01610a0162")).id, "b");
  assert.deepEqual(Response.decode(bytes("0a0208050a0312016d")).status, {
    code: 0,
    message: "m",
    details: [],
  });
});

test("fields that we do not know are skipped, whatever their wire type", () => {
  const unknown = ["f80f01", "f90f0102030405060708", "fa0f03616263", "fb0f0801fc0f", "fd0f01020304"];
  for (const field of unknown) {
    assert.deepEqual(StartRequest.decode(bytes(`0a0161${field}120162`)), { id: "a", execId: "b" });
  }
});

test("a known number with another wire type is a field that we do not know", () => {
  assert.deepEqual(StartRequest.decode(bytes("0805 120162")), { id: "", execId: "b" });
});

test("truncated and malformed messages are refused", () => {
  for (const [body, why] of [
    ["0a", "a field without its length"],
    ["0a05 6162", "a string that ends too soon"],
    ["0affffffff07 61", "a length of two gigabytes"],
    ["0affffffffff0f61", "a length beyond 32 bits"],
    ["80", "half a tag"],
    ["0261", "field number 0"],
    ["0c", "the end of a group that never began"],
    ["0f", "wire type 7"],
    ["fb0f", "a group without an end"],
    [`${"fb0f".repeat(5000)}`, "groups within groups without end"],
  ] as const) {
    assert.throws(() => StartRequest.decode(bytes(body)), Error, why);
  }
  assert.throws(() => Timestamp.decode(bytes("08ffffffffffffffffffff01")), Error, "a varint of eleven bytes");
  assert.throws(
    () => Response.decode(bytes("0a0212 05 6162636465")),
    RangeError,
    "a field that leaves its message",
  );
});

test("a message is read up to its end and not one byte further", () => {
  const reader = Reader.create(bytes("0a0161 120162"));
  assert.deepEqual(StartRequest.read(reader, 3), { id: "a", execId: "" });
  assert.equal(reader.pos, 3);
  assert.throws(() => StartRequest.read(reader, 7), RangeError);
});

test("map keys that objects inherit are keys like any other", () => {
  const annotations = Object.fromEntries([
    ["__proto__", "a"],
    ["constructor", "b"],
    ["", "c"],
  ]);
  const message = UpdateTaskRequest.decode(UpdateTaskRequest.encode({ annotations }));
  assert.deepEqual(Object.entries(message.annotations), Object.entries(annotations));
  assert.deepEqual(UpdateTaskRequest.create({ annotations }), message);
  for (const key of ["toString", "valueOf"]) assert.equal(message.annotations[key], undefined);

  const extensions = Object.fromEntries([["__proto__", { typeUrl: "x" }]]);
  const record = Sandbox.decode(Sandbox.encode({ extensions }));
  assert.deepEqual(Object.entries(record.extensions), [["__proto__", Any.create({ typeUrl: "x" })]]);
});

test("a map entry may lack its key or its value, and have fields we do not know", () => {
  const decode = (body: string): [string, string][] =>
    Object.entries(UpdateTaskRequest.decode(bytes(body)).annotations);
  assert.deepEqual(decode("1a00"), [["", ""]]);
  assert.deepEqual(decode("1a030a016b"), [["k", ""]]);
  assert.deepEqual(decode("1a03120176"), [["", "v"]]);
  assert.deepEqual(decode("1a081201760a016b1801"), [["k", "v"]]);
  assert.deepEqual(decode("1a060a016b1201761a060a016b120177"), [["k", "w"]]);
});

test("entries of a map that are undefined are left out", () => {
  const init = { annotations: { a: "1", b: undefined } };
  assert.equal(hex(Descriptor.encode(init)), "2a060a0161120131");
  assert.deepEqual(Object.entries(Descriptor.create(init).annotations), [["a", "1"]]);
});

test("half a surrogate pair is replaced, because peers refuse the whole message over one", () => {
  for (const id of ["\ud800", `${"x".repeat(60)}\udc00`, `${"x".repeat(200)}\ud800y`]) {
    const encoded = StartRequest.encode({ id });
    assert.equal(StartRequest.decode(encoded).id, id.toWellFormed());
    new TextDecoder("utf-8", { fatal: true }).decode(encoded.subarray(id.length > 127 ? 3 : 2));
  }
});

test("what is encoded and decoded is never a Buffer, and decoded bytes are views of the input", () => {
  const encoded = Any.encode({ value: bytes("0102") });
  assert.equal(Object.getPrototypeOf(encoded), Uint8Array.prototype);
  const { value } = Any.decode(encoded);
  assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
  encoded[3] = 9;
  assert.deepEqual(value, bytes("0109"));
});

test("a message without fields is empty and skips what a newer peer put there", () => {
  assert.deepEqual(Empty.decode(bytes("0801")), {});
  assert.equal(hex(Empty.encode({})), "");
});

test("services name their methods as the wire does and tell their kind", () => {
  assert.equal(Task.name, "containerd.task.v3.Task");
  assert.equal(TaskV2.name, "containerd.task.v2.Task");
  assert.deepEqual(Object.keys(Task.methods), Object.keys(TaskV2.methods));
  assert.equal(Object.keys(Task.methods).length, 17);
  assert.equal(Task.methods.closeIO.name, "CloseIO");
  assert.equal(Task.methods.exec.response, Empty);
  assert.equal(Task.methods.create.request, TaskV2.methods.create.request);
  assert.equal(Streaming.methods.stream.kind, "bidirectional");
});
