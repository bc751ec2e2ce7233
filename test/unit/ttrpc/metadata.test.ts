import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Metadata } from "../../../ttrpc/metadata.ts";

describe("Metadata", () => {
  test("writes names in lower case, because Go servers look them up in lower case only", () => {
    const metadata = new Metadata([["Containerd-Namespace-TTRPC", "K8s.io"]]);
    assert.deepEqual([...metadata], [["containerd-namespace-ttrpc", "K8s.io"]]);
    assert.equal(metadata.get("CONTAINERD-namespace-ttrpc"), "K8s.io");
  });

  test("keeps the order of pairs and every value of a repeated name", () => {
    const pairs = [
      ["b", "1"],
      ["a", "2"],
      ["B", "3"],
    ] as const;
    const metadata = new Metadata(pairs);
    assert.deepEqual(
      [...metadata],
      [
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
      ],
    );
    assert.deepEqual(metadata.getAll("b"), ["1", "3"]);
    assert.equal(metadata.get("b"), "1");
    assert.equal(metadata.size, 3);
  });

  test("takes an object with one value or several for a name", () => {
    assert.deepEqual(
      [...new Metadata({ a: "1", b: ["2", "3"], c: [] })],
      [
        ["a", "1"],
        ["b", "2"],
        ["b", "3"],
      ],
    );
  });

  test("copies what it is made from", () => {
    const original = new Metadata({ a: "1" });
    const copy = new Metadata(original);
    copy.set("A", "2");
    copy.append("c", "3");
    assert.deepEqual([...original], [["a", "1"]]);
    assert.deepEqual(
      [...copy],
      [
        ["a", "2"],
        ["c", "3"],
      ],
    );
  });

  test("set() replaces every value of a name, delete() removes every one", () => {
    const metadata = new Metadata([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    metadata.set("A", "4");
    assert.deepEqual(
      [...metadata],
      [
        ["b", "2"],
        ["a", "4"],
      ],
    );
    metadata.delete("B");
    metadata.delete("nobody");
    assert.deepEqual([...metadata], [["a", "4"]]);
    assert.equal(metadata.get("b"), undefined);
    assert.deepEqual(metadata.getAll("b"), []);
  });

  test("has no names by inheritance", () => {
    assert.equal(new Metadata().get("constructor"), undefined);
    assert.equal(new Metadata([["__proto__", "x"]]).get("__proto__"), "x");
  });
});
