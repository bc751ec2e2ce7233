// What a bench is: something that measures, reports in Markdown, and says for each of its targets whether it was met.

/** A target with what was measured against it, in words. */
export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface Report {
  /** Markdown: tables, and what one has to know to read them. */
  readonly text: string;
  readonly targets: readonly Target[];
}

export interface Bench {
  /** The name on the command line, and of the section in bench/README.md. */
  readonly name: string;
  readonly title: string;
  /** Paths in the repository whose uncommitted changes make the commit in the report misleading. */
  readonly sources: readonly string[];
  /** Measures, on its own clock. Rejects when the measuring failed, never because a target was missed. */
  measure(progress: (line: string) => void): Promise<Report>;
}
