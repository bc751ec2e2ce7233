import assert from "node:assert/strict";
import { test } from "node:test";
import { splitCommandLine } from "../../../../manager/cli/command-words.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

const groups = new Set(["container"]);
const pairs = new Set(["exec ls"]);
const words = (line: string) => (line === "" ? [] : line.split(" "));

interface Row {
  readonly line: string;
  readonly words?: string;
  readonly globals?: string;
  readonly rest?: string;
  readonly wants?: "help" | "version";
}

const rows: readonly Row[] = [
  { line: "" },
  { line: "ps -a", words: "ps", rest: "-a" },
  { line: "container ls -a", words: "container ls", rest: "-a" },
  { line: "container", words: "container" },
  {
    line: "-n build container --debug ls -n 3",
    words: "container ls",
    globals: "--namespace=build --debug",
    rest: "-n 3",
  },
  { line: "-nbuild ps", words: "ps", globals: "--namespace=build" },
  { line: "-n=build ps", words: "ps", globals: "--namespace=build" },
  {
    line: "--root=/r --state /s run -v a:b busybox -- ls -n",
    words: "run",
    globals: "--root=/r --state=/s",
    rest: "-v a:b busybox -- ls -n",
  },
  { line: "--no-start ps", words: "ps", globals: "--no-start" },
  { line: "--help", wants: "help" },
  { line: "-h container ls", words: "container ls", wants: "help" },
  { line: "container --help", words: "container", wants: "help" },
  { line: "ps --help", words: "ps", rest: "--help" },
  { line: "-v", wants: "version" },
  { line: "--version ps", words: "ps", wants: "version" },
  { line: "-", words: "-" },
  { line: "exec ls web", words: "exec ls", rest: "web" },
  { line: "exec web ls", words: "exec", rest: "web ls" },
  { line: "exec -- ls sh", words: "exec", rest: "-- ls sh" },
  { line: "exec -it ls sh", words: "exec", rest: "-it ls sh" },
  { line: "container exec ls sh", words: "container exec", rest: "ls sh" },
];

for (const row of rows) {
  test(`"hawser ${row.line}" is taken apart`, () => {
    assert.deepEqual(splitCommandLine(words(row.line), groups, pairs), {
      words: words(row.words ?? ""),
      globals: words(row.globals ?? ""),
      rest: words(row.rest ?? ""),
      wants: row.wants,
    });
  });
}

const mistakes: readonly (readonly [line: string, message: RegExp])[] = [
  ["--all ps", /^there is no flag "--all" that every command has: /],
  ["-a ps", /"-a"/],
  ["container -v", /"-v"/],
  ["--debug=yes ps", /^--debug: it takes no value$/],
  ["--root", /^--root: its <dir> is missing$/],
];

for (const [line, message] of mistakes) {
  test(`"hawser ${line}" is refused`, () => {
    assert.throws(
      () => splitCommandLine(words(line), groups),
      (error: Error) => isInvalidArgument(error) && message.test(error.message),
    );
  });
}
