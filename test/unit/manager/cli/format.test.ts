import assert from "node:assert/strict";
import { test } from "node:test";
import { type Field, parseFormat, printRows } from "../../../../manager/cli/format.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

interface Row {
  readonly id: string;
  readonly size: number;
}

const fields: readonly Field<Row>[] = [
  { name: "ID", title: "CONTAINER ID", of: ({ id }) => id },
  { name: "Size", title: "SIZE", of: ({ size }) => size },
  {
    name: "Label",
    title: "LABEL",
    of:
      ({ id }) =>
      (key: unknown) =>
        `${id}.${key}`,
    isTemplateOnly: true,
  },
];
const rows: readonly Row[] = [
  { id: "a", size: 1 },
  { id: "b", size: 22 },
];

async function printed(format: string | undefined): Promise<string> {
  let text = "";
  const out = {
    write: async (data: string | Uint8Array) => {
      text += String(data);
    },
    line: async () => assert.fail("rows are written in few pieces"),
    isTerminal: false,
    columns: Number.POSITIVE_INFINITY,
    hasColour: false,
  };
  const chosen = format === undefined ? undefined : parseFormat(format);
  await printRows(out, rows, { fields, columns: ["ID", "Size"], format: chosen });
  return text;
}

const cases: readonly (readonly [format: string | undefined, text: string])[] = [
  [undefined, "CONTAINER ID   SIZE\na              1\nb              22\n"],
  ["table", "CONTAINER ID   SIZE\na              1\nb              22\n"],
  ["json", '{"ID":"a","Size":1}\n{"ID":"b","Size":22}\n'],
  ["{{.ID}}", "a\nb\n"],
  ["{{json .}}", '{"ID":"a","Size":1}\n{"ID":"b","Size":22}\n'],
  ["table {{.Size}}\\t{{.ID}}", "SIZE   CONTAINER ID\n1      a\n22     b\n"],
  ['table {{.ID}}\\t{{.Label "x"}}', "CONTAINER ID   x\na              a.x\nb              b.x\n"],
];

for (const [format, text] of cases) {
  test(`the format ${format ?? "that nobody chose"} prints rows`, async () =>
    assert.equal(await printed(format), text));
}

test("a field that there is not is an error that names one that there is", async () => {
  await assert.rejects(
    printed("{{.Sizze}}"),
    (error: Error) => isInvalidArgument(error) && /did you mean "\.Size"\?/.test(error.message),
  );
});
