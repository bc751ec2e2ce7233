import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Regexp } from "../../../../manager/metadata/regexp.ts";
import { RegexpError } from "../../../../manager/metadata/regexp-tree.ts";

test("Regexp reads what Go's regexp reads", () => {
  const rows: [pattern: string, matching: string[], others: string[]][] = [
    ["", ["", "x"], []],
    ["web", ["web", "my-web-1"], ["we", "WEB"]],
    ["^web$", ["web"], ["web1", "1web"]],
    ["^a.c$", ["abc", "a🙂c"], ["ac", "a\nc"]],
    ["(?s)^a.c$", ["a\nc"], []],
    ["^(a|bc|)$", ["a", "bc", ""], ["b", "abc"]],
    ["^a*b+c?$", ["b", "aabbc"], ["ac", "abcc"]],
    ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
    ["^a{2}$", ["aa"], ["a", "aaa"]],
    ["^a{2,}$", ["aa", "aaaaa"], ["a"]],
    ["^a{,2}$", ["a{,2}"], ["aa"]],
    ["^a+?b*?$", ["ab", "aa"], ["b"]],
    ["^[a-c_]+$", ["abc_"], ["d"]],
    ["^[^a-c]$", ["d", "\n"], ["a", ""]],
    ["^[]a]$", ["]", "a"], ["b"]],
    ["^[a-]$", ["-", "a"], ["b"]],
    ["^[\\d\\-x]+$", ["1-x"], ["y"]],
    ["^[[:alpha:]]+$", ["abC"], ["a1"]],
    ["^[[:^digit:]]$", ["a"], ["1"]],
    ["^\\w+\\s\\S\\D\\W\\d$", ["ab_ xy!1"], ["ab_xy!1"]],
    ["\\bweb\\b", ["a web b", "web"], ["webs", "cobweb"]],
    ["\\Bb", ["ab"], ["b"]],
    ["\\Aa\\z", ["a"], ["a\n"]],
    ["(?m)^b$", ["a\nb\nc"], ["ab"]],
    ["a$", ["ba"], ["a\n"]],
    ["(?i)^web$", ["WEB", "wEb"], []],
    ["^(?i:W)eb$", ["web", "Web"], ["WEB"]],
    ["^(?i)[^a]$", ["b"], ["a", "A"]],
    ["^(?:ab)+$", ["abab"], ["aba"]],
    ["^(?P<name>a)(?<other>b)$", ["ab"], []],
    ["^\\x41\\x{1F642}\\t\\101?$".replace("\\101?", ""), ["A🙂\t"], []],
    ["^\\Qa.b\\E$", ["a.b"], ["axb"]],
    ["^\\pL\\p{Greek}\\PN$", ["aαx"], ["1αx", "aa1"]],
    ["^\\.\\*\\/$", [".*/"], ["xx/"]],
    ["^sha256:[0-9a-f]{64}$", [`sha256:${"0a".repeat(32)}`], [`sha256:${"0g".repeat(32)}`]],
  ];
  for (const [pattern, matching, others] of rows) {
    const regexp = new Regexp(pattern);
    for (const text of matching) assert.ok(regexp.test(text), `/${pattern}/ on ${JSON.stringify(text)}`);
    for (const text of others) assert.ok(!regexp.test(text), `/${pattern}/ on ${JSON.stringify(text)}`);
  }
});

test("Regexp refuses what is wrong or too large, and says where", () => {
  const rows: [pattern: string, position: number, sentence: RegExp][] = [
    ["a(b", 3, /not closed/],
    ["a)b", 1, /unexpected/],
    ["[a", 2, /ends too early/],
    ["*a", 0, /nothing to repeat/],
    ["a**", 3, /repetition of a repetition/],
    ["a{3,2}", 1, /bad repetition/],
    ["a{1001}", 1, /bad repetition/],
    ["a\\", 2, /ends too early/],
    ["(a)\\1", 4, /"\\1" is not supported/],
    ["a(?=b)", 4, /"\(\?=" is not supported/],
    ["a(?<!b)", 4, /not supported/],
    ["[z-a]", 4, /ends before it begins/],
    ["[[:word!:]]", 10, /unknown class/],
    ["\\p{Klingon}", 11, /unknown class/],
    ["(".repeat(60), 51, /nested too deep/],
    ["((a{1000}){1000}){1000}", 0, /too large/],
    ["((((){1000}){1000}){1000}){1000}(", 33, /not closed/],
  ];
  for (const [pattern, position, sentence] of rows) {
    assert.throws(
      () => new Regexp(pattern),
      (error) => {
        assert.ok(error instanceof RegexpError, pattern);
        assert.match(error.message, sentence);
        assert.equal(error.position, position, pattern);
        return true;
      },
      pattern,
    );
  }
});

test("Regexp takes time in proportion to the text, where engines that go back never end", () => {
  const text = `${"a".repeat(4096)}!`;
  for (const pattern of ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)x$", "^(a?){50}a{50}$"]) {
    assert.equal(new Regexp(pattern).test(text), false, pattern);
  }
});

test("Regexp agrees with JavaScript where both know the syntax", () => {
  let pattern: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\w");
  for (let depth = 0; depth < 2; depth++) {
    const piece = fc.oneof(
      fc
        .tuple(pattern, fc.constantFrom("", "*", "+", "?", "{1,2}"))
        .map(([inner, repeat]) => `(?:${inner})${repeat}`),
      fc.constantFrom("^", "$", "\\b"),
    );
    const sequence = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));
    pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|"));
  }
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 12 });
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      assert.equal(new Regexp(source).test(subject), new RegExp(source).test(subject));
    }),
    { numRuns: 2000 },
  );
});
