// How rows are printed: as a table, as JSON, an object a line, or by a template, which is `--format` everywhere. A command says
// which fields a row has; docker's names, so that templates written for docker work.
import type { Output } from "./output.ts";
import { tableLines } from "./table.ts";
import { Template } from "./template/template.ts";
import { toJson } from "./template/values.ts";

/** What `--format` says. */
export type Format =
  | { readonly kind: "table" | "json" }
  | { readonly kind: "template"; readonly template: Template; readonly text: string }
  /** `table {{.ID}}\t{{.Names}}`: columns of one's own. */
  | { readonly kind: "columns"; readonly template: Template; readonly text: string };

/** A field of a row. */
export interface Field<Row> {
  /** In templates and JSON: `ID`. */
  readonly name: string;
  /** Of the column: `CONTAINER ID`. */
  readonly title: string;
  readonly of: (row: Row) => unknown;
  /** Whether the column may be cut to fit the terminal. */
  readonly isElastic?: boolean;
  /** A field that templates alone have, as one that takes arguments. */
  readonly isTemplateOnly?: boolean;
}

/** How to print rows. */
export interface PrintOptions<Row> {
  readonly fields: readonly Field<Row>[];
  /** Names of the fields that are the columns of the table, in order. */
  readonly columns: readonly string[];
  /** Default: a table. */
  readonly format?: Format | undefined;
  /** Nothing is cut, however narrow the terminal. */
  readonly isWhole?: boolean | undefined;
}

/** How much is written at once. Characters. */
const CHUNK_LENGTH = 64 * 1024;

/** The help of `--format`. */
export const FORMAT_HELP = "table, json (an object a line), or a Go template such as '{{.ID}}\\t{{.Names}}'";

/** Reads `--format`. Throws InvalidArgument with the place of what is wrong. */
export function parseFormat(text: string): Format {
  if (text === "table" || text === "json") return { kind: text };
  const columns = /^table\s+([\s\S]*)$/.exec(text)?.[1];
  if (columns !== undefined) return { kind: "columns", template: new Template(columns), text };
  return { kind: "template", template: new Template(text), text };
}

/** Whether a template asks for a field: some are worked out only then. */
export function mentions(format: Format, field: string): boolean {
  return "text" in format && new RegExp(`\\.${field}\\b`).test(format.text);
}

/** Prints rows. Throws InvalidArgument for a template with a field that there is not. */
export async function printRows<Row>(
  out: Output,
  rows: Iterable<Row>,
  { fields, columns, format = { kind: "table" }, isWhole = false }: PrintOptions<Row>,
): Promise<void> {
  const names = fields.map(({ name }) => name);
  const width = isWhole ? Number.POSITIVE_INFINITY : out.columns;
  switch (format.kind) {
    case "table": {
      const shown = columns.flatMap((name) => fields.filter((field) => field.name === name));
      const cells = Array.from(rows, (row) => shown.map(({ of }) => String(of(row) ?? "")));
      return await writeLines(out, tableLines(shown, cells, width));
    }
    case "json": {
      const shown = fields.filter(({ isTemplateOnly = false }) => !isTemplateOnly);
      return await writeLines(
        out,
        map(rows, (row) => toJson(dataOf(row, shown))),
      );
    }
    case "template":
      return await writeLines(
        out,
        map(rows, (row) => format.template.fill(dataOf(row, fields), { fields: names })),
      );
    case "columns": {
      const cellsOf = (data: object) => format.template.fill(data, { fields: names }).split("\t");
      const titles = cellsOf(Object.fromEntries(fields.map((field) => [field.name, titleOf(field)])));
      const cells = Array.from(rows, (row) => cellsOf(dataOf(row, fields)));
      const elastic = titles.map((title) => ({ title, isElastic: isElastic(title, fields) }));
      return await writeLines(out, tableLines(elastic, cells, width));
    }
  }
}

/** Writes many lines in few writes. */
export async function writeLines(out: Output, lines: Iterable<string>): Promise<void> {
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    await out.write(text);
    text = "";
  }
  if (text !== "") await out.write(text);
}

// Fields are worked out when a template asks for them: one may be dear, and most are not asked for.
function dataOf<Row>(row: Row, fields: readonly Field<Row>[]): object {
  const data = {};
  for (const { name, of } of fields)
    Object.defineProperty(data, name, { enumerable: true, get: () => of(row) });
  return data;
}

// `{{.Label "tier"}}` is a column, too: it is called what is asked for.
function titleOf<Row>({ title, isTemplateOnly = false }: Field<Row>): unknown {
  return isTemplateOnly ? (argument: unknown) => String(argument ?? title) : title;
}

function isElastic<Row>(title: string, fields: readonly Field<Row>[]): boolean {
  return fields.some((field) => field.title === title && field.isElastic === true);
}

function* map<From, To>(values: Iterable<From>, body: (value: From) => To): Generator<To> {
  for (const value of values) yield body(value);
}
