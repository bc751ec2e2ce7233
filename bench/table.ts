// Markdown tables, as all benches write them.

export function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A table: the first column holds names, the others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = ["---", ...head.slice(1).map(() => "--:")];
  return [row(...head), `|${rule.join("|")}|`, ...rows.map((cells) => row(...cells))].join("\n");
}
