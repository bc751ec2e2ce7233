import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ABSENT,
  type FieldLookup,
  mapField,
  parseFilters,
  textField,
} from "../../../../manager/metadata/filter.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";

interface Thing {
  readonly name?: string;
  readonly other?: string;
  readonly labels?: Record<string, string>;
}

const lookupIn =
  (thing: Thing): FieldLookup =>
  ([first, ...rest]) => {
    if (first === "name") return textField(thing.name ?? "");
    if (first === "other") return textField(thing.other ?? "");
    return first === "labels" ? mapField(thing.labels ?? {}, rest) : ABSENT;
  };

const things: Thing[] = [
  { name: "foo", labels: { foo: "true" } },
  { name: "bar" },
  { name: "foo", labels: { foo: "present", "more complex label": "present" } },
  { name: "bar", labels: { bar: "true" } },
  { name: "fooer", labels: { 'a \\ and "': "present" } },
  { name: "fooer", labels: { 'a \\ and ".post': "present" } },
  { name: "baz", other: "too complex, yo" },
  { name: "bazo", other: "abc" },
  { name: "compound", labels: { foo: "omg_asdf.asdf-qwer", "io.x/y": "a/b=c" } },
];
const all = things.map((_, index) => index);

test("parseFilters() selects as containerd does", () => {
  const rows: [filters: string[], selected: number[], reason: string][] = [
    [[], all, "no filter wants everything"],
    [[""], all, "nor does an empty one"],
    [["name==nobody", ""], all, "which is one of several"],
    [["name"], all, "present"],
    [["other"], [6, 7], "an empty field is absent"],
    [["labels.foo"], [0, 2, 8], "present in a map"],
    [["labels.foo,name==foo"], [0, 2], "a comma is and"],
    [["name==bar", "labels.foo==true"], [0, 1, 3], "several filters are or"],
    [["labels.foo==omg_asdf.asdf-qwer"], [8], "a bare value has dots and dashes"],
    [['labels."io.x/y"==a/b=c'], [8], "a quoted part of a path; a bare value has slashes and equal signs"],
    [["name!=bar"], [0, 2, 4, 5, 6, 7, 8], "not equal"],
    [["labels.foo!=true"], [1, 2, 3, 4, 5, 6, 7, 8], "what is absent is not equal either"],
    [['other=="too complex, yo"'], [6], "a quoted value has commas and spaces"],
    [['name=="f\\x6f\\u006f"'], [0, 2], "escapes of Go"],
    [['labels."a \\\\ and \\""==present'], [4], "quotes and backslashes in a path"],
    [['labels."a \\\\ and \\"".post==present'], [5], "the parts of a map's path are joined"],
    [["other~=[abc]+,name!=foo"], [6, 7], "a bare expression ends at the comma"],
    [["other~=/[abc]{1,3}$/,name!=foo"], [7], "one between slashes does not"],
    [["other~=|^abc$|"], [7], "nor does one between bars"],
    [['other~=/[abc]{0,1}"\\//'], [], "an escaped slash"],
    [["name~=^ba[rz]$"], [1, 3, 6], "anchors"],
    [["other~=^$"], [0, 1, 2, 3, 4, 5, 8], "an expression sees the empty text of what is absent"],
    [["name == foo, labels.foo == true"], [0], "spaces before words"],
    [["nonsense"], [], "a field that nobody has"],
    [["nonsense!=x"], all, "is not equal to anything"],
    [["labels.toString"], [], "what every object has is not a label"],
  ];
  for (const [filters, selected, reason] of rows) {
    const matches = parseFilters(filters);
    assert.deepEqual(
      all.filter((index) => matches(lookupIn(things[index] ?? {}))),
      selected,
      `${filters.join(" | ")}: ${reason}`,
    );
  }
});

test("parseFilters() refuses what is not a filter, and says where", () => {
  const rows: [filter: string, character: number, sentence: string][] = [
    ["name==foo,", 11, "expected a field"],
    ["labels.", 8, "expected a field"],
    ["labels.|foo|==x", 8, "expected a field"],
    ['labels.?"x"==y', 8, "expected a field"],
    ["image~=,id", 8, "expected a value"],
    ["labels.ns/key==value", 10, "expected an operator"],
    ["labels.key==/value", 13, "must be in double quotes"],
    ['labels.key=="value', 13, "the quote is not closed"],
    ["name~=/a", 7, "the quote is not closed"],
    ["name=foo", 5, 'expected an operator: "==", "!=" or "~="'],
    ["name===foo", 5, "expected an operator"],
    ["name foo", 6, "expected an operator"],
    ["name==foo bar", 10, 'expected "," between selectors'],
    ['name=="a\\q"', 10, 'unknown escape "\\q"'],
    ['name=="\\ud800"', 14, "is not a character"],
    ["name~=(a", 7, "regular expression: character 3: a group is not closed"],
    ["name~=/(a)\\\\1/", 7, "is not supported"],
  ];
  for (const [filter, character, sentence] of rows) {
    assert.throws(
      () => parseFilters([filter]),
      (error) => {
        assert.ok(error instanceof HawserError && error.code === Code.InvalidArgument, filter);
        assert.ok(error.message.includes(`at character ${character}: `), `${filter}: ${error.message}`);
        assert.ok(error.message.includes(sentence), error.message);
        return true;
      },
      filter,
    );
  }
});

test("parseFilters() bounds what a stranger sends, and what its error repeats", () => {
  const refused = (filters: string[]) =>
    assert.throws(
      () => parseFilters(filters),
      (error) => error instanceof HawserError && error.message.length < 300,
    );
  refused(new Array(1001).fill("name"));
  refused(["n".repeat(20_000)]);
  refused([`${"n".repeat(10_000)}=`]);
});

test("parseFilters() finds any label by its quoted key and value", () => {
  const quote = (text: string) =>
    `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (key, value) => {
      const lookup = lookupIn({ labels: { [key]: value } });
      const name = `labels.${quote(key)}`;
      assert.ok(parseFilters([name])(lookup));
      assert.ok(parseFilters([`${name}==${quote(value)}`])(lookup));
      assert.ok(!parseFilters([`${name}!=${quote(value)}`])(lookup));
      assert.ok(!parseFilters([`${name}==${quote(`${value}x`)}`])(lookup));
    }),
  );
});

test("parseFilters() answers InvalidArgument or a filter, whatever it is given", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'ab.,=!~"/|\\[(*+?){x1 ^$') });
  fc.assert(
    fc.property(noise, (text) => {
      try {
        parseFilters([text])(lookupIn({ name: "a" }));
      } catch (error) {
        assert.ok(error instanceof HawserError && error.code === Code.InvalidArgument, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
