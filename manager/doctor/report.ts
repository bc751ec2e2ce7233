// What `hawser doctor` prints: a table for people, an object for programs. Pure.
import type { Finding } from "./judge.ts";
import type { Removal } from "./remove.ts";

/** How the report looks. */
export const REPORT_FORMATS = ["table", "json"] as const;

/** `table` or `json`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What was found and, if that was asked, what became of it. */
export interface Report {
  readonly now: Date;
  readonly findings: readonly Finding[];
  /** One for each finding; undefined when nothing was to be removed. */
  readonly removals: readonly Removal[] | undefined;
}

/** The text of a report. */
export function formatReport(report: Report, format: ReportFormat): string {
  return format === "json" ? `${JSON.stringify(jsonOf(report), undefined, 2)}\n` : tableOf(report);
}

/** How many findings are there still. */
export function leftOver({ findings, removals }: Report): number {
  return removals === undefined
    ? findings.length
    : removals.filter((removal) => removal.outcome === "kept").length;
}

function jsonOf({ now, findings, removals }: Report): unknown {
  return {
    findings: findings.map((finding, index) => {
      const { kind, name, why, since, sizeBytes } = finding;
      const removal = removals?.[index];
      return {
        ...{ kind, name, why },
        ...(since === undefined ? {} : { ageSeconds: seconds(now, since) }),
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
        ...(removal === undefined ? {} : { outcome: removal.outcome }),
        ...(removal?.reason === undefined ? {} : { reason: removal.reason }),
      };
    }),
  };
}

function tableOf(report: Report): string {
  const { now, findings, removals } = report;
  if (findings.length === 0) return "nothing is left over\n";
  const head = ["KIND", "AGE", "SIZE", ...(removals === undefined ? [] : ["OUTCOME"]), "NAME", "WHY"];
  const rows = findings.map(({ kind, name, why, since, sizeBytes }, index) => {
    const removal = removals?.[index];
    return [
      kind,
      since === undefined ? "-" : formatAge(seconds(now, since)),
      sizeBytes === undefined ? "-" : formatSize(sizeBytes),
      ...(removal === undefined ? [] : [removal.outcome]),
      printable(name),
      removal?.reason === undefined ? why : `${why}; ${printable(removal.reason)}`,
    ];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[head, ...rows].map(line).join("\n")}\n${summary(report)}\n`;
}

function summary(report: Report): string {
  const { findings, removals } = report;
  const found = `${findings.length} ${findings.length === 1 ? "thing" : "things"} that nobody owns`;
  if (removals === undefined) return `${found}; hawser doctor --remove removes them`;
  const count = (outcome: Removal["outcome"]) => removals.filter((one) => one.outcome === outcome).length;
  return `${found}: ${count("removed")} removed, ${count("gone")} gone by themselves, ${count("kept")} kept`;
}

function seconds(now: Date, since: Date): number {
  return Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
}

/** `90` → `1m30s`: the two largest units. */
export function formatAge(ageSeconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, length]) => ageSeconds >= length);
  if (first < 0) return "0s";
  let rest = ageSeconds;
  let text = "";
  for (const [unit, length] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text;
}

/** `1536` → `1.5 KiB`. */
export function formatSize(sizeBytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, sizeBytes < 1 ? 0 : Math.floor(Math.log2(sizeBytes) / 10));
  const amount = sizeBytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}

// Names come from the disk and from other people's processes: nothing of them steers a terminal.
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
