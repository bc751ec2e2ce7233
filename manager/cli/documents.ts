// How documents are printed, which `inspect` is about: as one list in JSON, or each by a template.
import { refusal } from "../oci/refusal.ts";
import { type Format, writeLines } from "./format.ts";
import type { Output } from "./output.ts";
import { toJson } from "./template/values.ts";

const INDENT = 4;

/** Prints them. Throws InvalidArgument for a format that is for rows. */
export async function printDocuments(
  out: Output,
  documents: readonly object[],
  format: Format | undefined,
): Promise<void> {
  if (format === undefined) return await out.line(toJson(documents, INDENT));
  if (format.kind === "json")
    return await writeLines(
      out,
      documents.map((document) => toJson(document)),
    );
  if (format.kind !== "template")
    throw refusal({ flag: "--format" }, "documents are no table", "write json, or a template");
  await writeLines(
    out,
    documents.map((document) => format.template.fill(document)),
  );
}
