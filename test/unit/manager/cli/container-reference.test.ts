import assert from "node:assert/strict";
import { test } from "node:test";
import { type Candidate, chooseContainer, filtersFor } from "../../../../manager/cli/container-reference.ts";
import { mapField, parseFilters, textField } from "../../../../manager/metadata/filter.ts";
import { isInvalidArgument, isNotFound } from "../../../../proto/errors.ts";

const named = (id: string, name?: string): Candidate => ({
  id,
  labels: name === undefined ? {} : { "hawser/name": name },
});
const candidates = [named("abc1", "web"), named("abd2", "abc1"), named("abd23", "db"), named("web.x")];

const rows: readonly (readonly [reference: string, id: string, why: string])[] = [
  ["abc1", "abc1", "a whole id comes before a name"],
  ["web", "abc1", "a name comes before the beginning of an id"],
  ["db", "abd23", "a name"],
  ["abd2", "abd2", "a whole id comes before the beginning of a longer one"],
  ["abc", "abc1", "the beginning of one id"],
];

for (const [reference, id, why] of rows) {
  test(`"${reference}" means ${id}: ${why}`, () => assert.equal(chooseContainer(reference, candidates), id));
}

test("what begins several ids names them, and what begins none says how to look", () => {
  assert.throws(
    () => chooseContainer("ab", candidates),
    (error: Error) =>
      isInvalidArgument(error) &&
      /several ids begin so \(web, abc1, db\); write more of it$/.test(error.message),
  );
  assert.throws(
    () => chooseContainer("nobody", candidates),
    (error: Error) =>
      isNotFound(error) && error.message === `find container "nobody": there is none; see: hawser ps --all`,
  );
});

for (const reference of ["", "-x", "a b", 'a"', "a/b", "../x"]) {
  test(`${JSON.stringify(reference)} can be no container`, () => {
    assert.throws(
      () => filtersFor(reference),
      (error) => isNotFound(error),
    );
  });
}

test("the filters find exactly those that may be meant, the exact ones first", () => {
  const find = (reference: string) =>
    filtersFor(reference).map((filters) => {
      const matches = parseFilters(filters);
      return candidates
        .filter(({ id, labels }) =>
          matches((path) => (path[0] === "id" ? textField(id) : mapField(labels, path.slice(1)))),
        )
        .map(({ id }) => id);
    });
  assert.deepEqual(find("abd2"), [["abd2"], ["abd2", "abd23"]]);
  assert.deepEqual(find("db"), [["abd23"], []]);
  assert.deepEqual(find("web"), [["abc1"], ["web.x"]]);
  assert.deepEqual(find("web."), [[], ["web.x"]]);
  assert.deepEqual(find("webbx"), [[], []]);
  assert.equal(filtersFor("a".repeat(100)).length, 1, "longer than any id");
});
