import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "../../../../../manager/cli/template/template.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";

const data = {
  Names: "web",
  ID: "abc",
  Count: 3,
  Big: 2n ** 60n,
  List: ["a", "b"],
  Map: { y: "z", x: 1 },
  Time: new Date(0),
  Nothing: undefined,
  Label: (name: string) => `<${name}>`,
};

const fillings: readonly (readonly [template: string, text: string])[] = [
  ["", ""],
  ["plain", "plain"],
  ["{{.Names}}\\t{{.ID}}\\n", "web\tabc\n"],
  ["{{ .Names }}", "web"],
  ["a {{- .Names -}} b", "awebb"],
  ["{{/* nothing */}}x{{- /* nothing */ -}} y", "xy"],
  ["{{json .List}}", '["a","b"]'],
  ["{{.List | json}}", '["a","b"]'],
  ["{{json .Nothing}}", "null"],
  ["{{json .Big}}{{json .Time}}", '"1152921504606846976""1970-01-01T00:00:00.000Z"'],
  ['{{join .List ", "}}', "a, b"],
  ['{{join .Nothing ", "}}', ""],
  ['{{range split "a/b" "/"}}[{{.}}]{{end}}', "[a][b]"],
  ["{{.Names | upper | lower | title}}", "Web"],
  ['{{printf "%-5s|%5s|%05d|%q|%.1f|%x" .Names .ID 42 "q" 1.25 255}}', 'web  |  abc|00042|"q"|1.3|ff'],
  ['{{printf "%s"}}{{printf "%d" .Names}}', "%!s(MISSING)%!d(web)"],
  ["{{println .ID .Count}}", "abc 3\n"],
  ["{{pad .ID 1 2}}|{{truncate .Names 2}}", " abc  |we"],
  ["{{len .List}}{{len .Names}}{{len .Map}}{{len .Nothing}}", "2320"],
  ['{{index .Map "x"}}{{index .List 1}}{{index .Map "none"}}', "1b<no value>"],
  ["{{.Map}} {{.List}} {{.Map.none}} {{.Nothing.more}}", "map[x:1 y:z] [a b] <no value> <no value>"],
  ['{{.Label "a.b"}}{{"c" | .Label}}', "<a.b><c>"],
  ["{{if .Nothing}}a{{else if eq .Count 3}}b{{else}}c{{end}}", "b"],
  ["{{if and .Names .Nothing}}a{{end}}{{if or .Nothing .Names}}b{{end}}{{if not .Nothing}}c{{end}}", "bc"],
  [
    '{{if gt .Count 2}}a{{end}}{{if le .Count 2}}b{{end}}{{if ne .ID "x"}}c{{end}}{{if eq .ID "x" "abc"}}d{{end}}',
    "acd",
  ],
  ["{{range .List}}{{.}};{{else}}none{{end}}", "a;b;"],
  ["{{range .Nothing}}{{.}}{{else}}none{{end}}", "none"],
  ["{{range $i, $e := .List}}{{$i}}{{$e}}{{end}}", "0a1b"],
  ["{{range $key, $value := .Map}}{{$key}}={{$value}} {{end}}", "x=1 y=z "],
  ["{{range .List}}{{$.Names}}{{.}}{{end}}", "webawebb"],
  ['{{range .List}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"],
  ['{{range .List}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', "b"],
  ["{{with .Map}}{{.y}}{{else}}none{{end}}{{with $x := .Map}}{{$x.x}}{{end}}", "z1"],
  ["{{$x := 1}}{{range .List}}{{$x = .}}{{end}}{{$x}}", "b"],
  ['{{(index .List 0) | printf "%s!"}}{{(.Map).y}}', "a!z"],
  ['{{true}}{{1}}{{-2}}{{0x10}}{{`raw\\n`}}{{"\\u0041\\n"}}', "true1-216raw\\nA\n"],
  ["{{slice .Names 1 2}}{{slice .List 1}}", "e[b]"],
];

for (const [template, text] of fillings) {
  test(`the template ${JSON.stringify(template)} makes ${JSON.stringify(text)}`, () => {
    assert.equal(new Template(template).fill(data), text);
  });
}

const mistakes: readonly (readonly [template: string, place: string, matter: RegExp])[] = [
  ["{{", "column 1", /"\{\{" has no "\}\}"$/],
  ["{{.ID", "column 1", /has no/],
  ["{{}}", "column 3", /a value is missing here$/],
  ["{{.ID |}}", "column 8", /a value is missing here$/],
  ["{{.Nmaes}}", "column 3", /there is no field "\.Nmaes"; did you mean "\.Names"\?$/],
  ["{{.Zzzzzz}}", "column 3", /there is no field ".Zzzzzz"; there are Names, ID/],
  ["{{uper .ID}}", "column 3", /there is no function "uper"; did you mean "upper"\?$/],
  ["a\n b {{Names}}", "line 2, column 6", /a field is written "\.Names"$/],
  ['\\t{{"a}}', "column 5", /this string does not end$/],
  ['{{"\\q"}}', "column 3", /an escape that is none/],
  ["{{if .ID}}", "column 3", /"if" has no "end"$/],
  ["{{range .List}}{{else}}{{else}}{{end}}", "column 3", /more than one "else"$/],
  ["{{end}}", "column 3", /nothing that "end" belongs to$/],
  ["{{break}}", "column 3", /"break" is not in a range$/],
  ["{{(len .List}}", "column 3", /"\(" has no "\)"$/],
  ["{{len .List)}}", "column 12", /"\)" is not understood here$/],
  ["{{.ID .ID}}", "column 3", /no function and takes no arguments$/],
  ["{{.ID.more}}", "column 3", /".more" is asked of abc, which has no fields$/],
  ["{{range .Count}}{{end}}", "column 9", /range wants a list or an object, not 3$/],
  ["{{$x}}", "column 3", /there is no variable "\$x"$/],
  ["{{index .List 9}}", "column 3", /index 9 is behind the end: there are 2$/],
  ["{{lt .ID .Count}}", "column 3", /abc and 3 cannot be compared$/],
  ["{{pad .ID 100000 0}}", "column 3", /pad takes at most 1000$/],
  ['{{template "x"}}', "column 3", /"template" is not supported$/],
  ["{{.ID ! }}", "column 7", /"!" is not understood$/],
  [`{{${"(".repeat(100)}`, "column 1", /has no/],
  [`{{${"(".repeat(100)}1${")".repeat(100)}}}`, "column 67", /nested more than 64 deep$/],
  ["{{if 1}}".repeat(100), "column 515", /nested more than 64 deep$/],
];

for (const [template, place, matter] of mistakes) {
  test(`the mistake in ${JSON.stringify(template.slice(0, 40))} is found at ${place}`, () => {
    assert.throws(
      () => new Template(template).fill(data, { fields: Object.keys(data) }),
      (error: Error) => {
        assert.ok(isInvalidArgument(error));
        assert.ok(error.message.startsWith(`read template, ${place}: `), error.message);
        assert.match(error.message, matter);
        return true;
      },
    );
  });
}

test("a template that would go on for ever, or print without end, is stopped", () => {
  const list = Array.from({ length: 2_000 }, () => "x");
  const twice = new Template("{{range $.List}}{{range $.List}}{{.}}{{end}}{{end}}");
  assert.throws(() => twice.fill({ List: list }), /it would take more than 1000000 steps$/);
  const long = new Template("{{range .List}}{{$.Text}}{{end}}");
  assert.throws(() => long.fill({ List: list, Text: "x".repeat(100_000) }), /more than 67108864 characters$/);
});

test("a field is worked out only when a template asks for it", () => {
  const lazy = Object.defineProperty({}, "Dear", {
    enumerable: true,
    get: () => assert.fail("nobody asked"),
  });
  assert.equal(new Template("{{if false}}{{.Dear}}{{end}}x").fill(lazy, { fields: ["Dear"] }), "x");
});
