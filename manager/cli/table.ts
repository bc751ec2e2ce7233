// Cells in columns, as wide as they need, and no wider than the terminal: what may be cut is cut, the widest first. Pure.
import { cutText, displayWidth, padText, visibleText } from "./display-text.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** May be cut to fit a terminal. */
  readonly isElastic?: boolean;
}

const GAP = "   ";
/** What is left of an elastic column at least. Columns of the terminal. */
const LEAST_WIDTH = 12;

/** The lines of a table, titles first. `width` is that of the terminal; `Infinity` cuts nothing. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(visibleText))];
  const widths = columns.map((_, at) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? "")), 0),
  );
  shrink(widths, columns, width);
  return cells.map((row) =>
    row
      .map((cell, at) => {
        const columnWidth = widths[at] ?? 0;
        return at === row.length - 1
          ? cutText(cell, columnWidth)
          : padText(cutText(cell, columnWidth), columnWidth);
      })
      .join(GAP)
      .trimEnd(),
  );
}

// One column of the terminal at a time, from the widest: a table is small, and the result is even.
function shrink(widths: number[], columns: readonly TableColumn[], width: number): void {
  if (!Number.isFinite(width)) return;
  const elastic = widths
    .keys()
    .filter((at) => columns[at]?.isElastic === true)
    .toArray();
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width;
  while (excess > 0) {
    const widest = elastic.reduce(
      (best, at) => ((widths[at] ?? 0) > (widths[best] ?? 0) ? at : best),
      elastic[0] ?? -1,
    );
    const now = widths[widest] ?? 0;
    if (now <= LEAST_WIDTH) return;
    const second = elastic.reduce(
      (most, at) => (at === widest ? most : Math.max(most, widths[at] ?? 0)),
      LEAST_WIDTH,
    );
    // To the next one's width at once, and then one by one between them.
    const less = Math.min(excess, Math.max(1, now - Math.max(second, LEAST_WIDTH)));
    widths[widest] = now - less;
    excess -= less;
  }
}
