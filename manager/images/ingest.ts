// One ingest on disk: a directory `<root>/<key>` with `data`, the bytes so far, and `about.json`, what they are to become.
// The key is made of namespace and ref, so an ingest is found again by them after a restart.
// Nothing here is synced: what a power cut tears is thrown away and sent again. The end of `data` is the truth about how far
// it is; `about.json` never changes. One writer at a time is the content store's promise.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Status } from "../../proto/gen/content.ts";
import { fromDate } from "../../proto/timestamp.ts";

/** What is known of an ingest from its beginning. */
export interface IngestAbout {
  readonly namespace: string;
  readonly ref: string;
  /** The size that it will have; 0 when not known. */
  readonly total: number;
  /** The digest that it will have; empty when not known. */
  readonly expected: string;
  readonly startedAt: Date;
  /** The lease that it was begun under; undefined: none. */
  readonly lease?: string | undefined;
}

let removals = 0;

/** An unfinished blob. */
export class Ingest {
  readonly about: IngestAbout;
  readonly dir: string;
  /** How many bytes there are. */
  offset: number;
  updatedAt: Date;

  private constructor(dir: string, about: IngestAbout, offset: number, updatedAt: Date) {
    this.dir = dir;
    this.about = about;
    this.offset = offset;
    this.updatedAt = updatedAt;
  }

  /** The name of an ingest's directory. */
  static keyOf(namespace: string, ref: string): string {
    // A namespace has no slash, so no two pairs are the same text.
    return createHash("sha256").update(`${namespace}/${ref}`).digest("hex");
  }

  /** Makes an empty one below `root`. Throws system errors. */
  static async create(root: string, about: IngestAbout): Promise<Ingest> {
    const dir = join(root, Ingest.keyOf(about.namespace, about.ref));
    // Remains of one that could not be loaded would be in the way.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { mode: 0o700 });
    await writeFile(join(dir, "data"), "", { mode: 0o600 });
    const beside = join(dir, ".about.json");
    await writeFile(beside, JSON.stringify({ version: 1, ...about }), { mode: 0o600 });
    await rename(beside, join(dir, "about.json"));
    return new Ingest(dir, about, 0, about.startedAt);
  }

  /** Finds one again; undefined when what is in `dir` is none, or not whole. */
  static async load(dir: string): Promise<Ingest | undefined> {
    try {
      const about = parseAbout(await readFile(join(dir, "about.json"), "utf8"));
      if (about === undefined || Ingest.keyOf(about.namespace, about.ref) !== basename(dir)) return undefined;
      const { size, mtime } = await stat(join(dir, "data"));
      return new Ingest(dir, about, size, mtime);
    } catch {
      return undefined;
    }
  }

  /** Finds all below `root` again, which is made when missing; everything else in it is removed. */
  static async loadAll(root: string): Promise<Ingest[]> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const ingests: Ingest[] = [];
    for (const name of await readdir(root)) {
      const dir = join(root, name);
      const ingest = name.startsWith(".") ? undefined : await Ingest.load(dir);
      if (ingest === undefined) await rm(dir, { recursive: true, force: true });
      else ingests.push(ingest);
    }
    return ingests;
  }

  /** The file with the bytes. */
  get dataPath(): string {
    return join(this.dir, "data");
  }

  /** As the API shows it. */
  status(): Status {
    return {
      ref: this.about.ref,
      offset: BigInt(this.offset),
      total: BigInt(this.about.total),
      expected: this.about.expected,
      startedAt: fromDate(this.about.startedAt),
      updatedAt: fromDate(this.updatedAt),
    };
  }

  /** Removes it; gone from its name at once. */
  async remove(): Promise<void> {
    const hidden = join(dirname(this.dir), `.${basename(this.dir)}.${process.pid}.${removals++}.removed`);
    await rename(this.dir, hidden);
    await rm(hidden, { recursive: true, force: true });
  }
}

function parseAbout(text: string): IngestAbout | undefined {
  const { version, namespace, ref, total, expected, startedAt, lease } = JSON.parse(text) as Record<
    string,
    unknown
  >;
  if (version !== 1 || typeof namespace !== "string" || typeof ref !== "string") return undefined;
  if (!Number.isSafeInteger(total) || typeof expected !== "string") return undefined;
  const started = new Date(String(startedAt));
  if (Number.isNaN(started.getTime())) return undefined;
  return {
    ...{ namespace, ref, total: Number(total), expected, startedAt: started },
    ...(typeof lease === "string" ? { lease } : {}),
  };
}
