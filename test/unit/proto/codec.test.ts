import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader, Writer } from "protobufjs/minimal.js";
import { arbitraryMessage, everyCodec, everyType, forWitness } from "./every-codec.ts";

const codecs = await everyCodec();
const root = await everyType();

test("every message of the .proto files has a codec", () => {
  const types: string[] = [];
  const collect = (namespace: { nestedArray: readonly unknown[] }): void => {
    for (const object of namespace.nestedArray as (typeof root)[]) {
      if (root.lookup(object.fullName)?.constructor.name === "Type") types.push(object.fullName.slice(1));
      if (Array.isArray(object.nestedArray)) collect(object);
    }
  };
  collect(root);
  assert.ok(types.length > 150, `${types.length} messages`);
  assert.deepEqual(new Set(codecs.keys()), new Set(types));
});

for (const [name, codec] of codecs) {
  const type = root.lookupType(name);
  const messages = arbitraryMessage(type);

  test(`${name} says the same as protobufjs' own encoder, in both directions`, () => {
    fc.assert(
      fc.property(messages, (message) => {
        const ours = codec.encode(message);
        const theirs = type.encode(forWitness(type, message)).finish();
        assert.equal(Buffer.from(ours).toString("hex"), Buffer.from(theirs).toString("hex"));
        assert.deepEqual(codec.decode(theirs), codec.create(message));
        assert.deepEqual(codec.create(message), message);
      }),
      { numRuns: 30 },
    );
  });

  test(`${name} in broken bytes is an Error or a message, and is not read beyond its end`, () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(messages, mutations).map(([message, changes]) => {
        const bytes = codec.encode(message);
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(input, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, part) => {
        const end = Math.floor(bytes.length * part);
        const reader = Reader.create(bytes);
        let message: unknown;
        try {
          message = codec.read(reader, end);
        } catch (caught) {
          assert.ok(caught instanceof Error);
          return;
        }
        assert.equal(reader.pos, end);
        assert.equal(reader.len, bytes.length);
        // What was read once is read again the same way, and without what follows it.
        assert.deepEqual(codec.decode(bytes.slice(0, end)), message);
        assert.deepEqual(codec.decode(codec.encode(message as never)), message);
      }),
      { numRuns: 60 },
    );
  });
}

test("write() appends to what the writer has, without a length in front", () => {
  const codec = codecs.get("google.protobuf.Timestamp");
  assert.ok(codec);
  const writer = Writer.create().uint32(99);
  assert.equal(Buffer.from(codec.write({ seconds: 1n }, writer).finish()).toString("hex"), "630801");
});
