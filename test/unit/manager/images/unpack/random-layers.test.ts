// Layers that no program would make: entries thrown together, and archives with bytes turned over. Whatever they are, they are
// unpacked or refused, and nothing outside of the root is touched.
import { test } from "node:test";
import fc from "fast-check";
import { Code, HawserError } from "../../../../../proto/errors.ts";
import {
  entryBytes,
  type LayerEntry,
  layerArchive,
  withChecksum,
} from "../../../../support/layer-archive.ts";
import { ground } from "./support.ts";

// Few words, so that entries meet; some lead upwards or out.
const part = fc.constantFrom(
  "a",
  "b",
  "c",
  ".wh.a",
  ".wh.b",
  ".wh..wh..opq",
  ".",
  "..",
  "",
  "outside",
  ".wh...",
);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const target = fc.oneof(
  name,
  fc.constantFrom("/", "/outside", "../outside", "../outside/canary", "../../..", "/etc/passwd"),
);
const entry: fc.Arbitrary<LayerEntry> = fc.record({
  name,
  flag: fc.constantFrom("0", "0", "1", "2", "2", "5", "5", "6"),
  linkName: target,
  mode: fc.nat(0o7777),
  data: fc.constantFrom("", "x", "data".repeat(300)),
});

const isExpected = (caught: unknown): boolean =>
  caught instanceof HawserError &&
  (caught.code === Code.InvalidArgument || caught.code === Code.ResourceExhausted);

async function unpack(archive: Buffer, kind: "plain" | "overlay"): Promise<void> {
  using at = ground();
  try {
    await at.apply(archive, {
      kind,
      lowerDirs: kind === "overlay" ? [at.outside] : [],
      limits: { entries: 1_000 },
    });
  } catch (caught) {
    if (!isExpected(caught)) throw caught;
  }
  at.assertOutsideUntouched();
}

const kinds = fc.constantFrom("plain" as const, "overlay" as const);

test("entries in any order are unpacked or refused, and lead nowhere", async () => {
  const layers = fc.array(entry, { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(layers, kinds, async (entries, kind) => {
      // One by one, so that a refused one does not hide those behind it.
      using at = ground();
      for (const one of entries) {
        try {
          await at.apply(layerArchive(one), { kind, lowerDirs: kind === "overlay" ? [at.outside] : [] });
        } catch (caught) {
          if (!isExpected(caught)) throw caught;
        }
      }
      at.assertOutsideUntouched();
    }),
    { numRuns: 60 },
  );
});

test("an archive with some of its bytes turned over is unpacked or refused", async () => {
  const flips = fc.array(fc.tuple(fc.nat(511), fc.nat(255)), { maxLength: 6 });
  const bytes = fc.array(fc.tuple(entry, flips), { minLength: 1, maxLength: 8 }).map((entries) =>
    layerArchive(
      ...entries.map(([one, changes]) => {
        const block = entryBytes(one);
        for (const [at, value] of changes) block[at] = value;
        return withChecksum(block);
      }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(bytes, kinds, (archive, kind) => unpack(archive, kind)),
    { numRuns: 150 },
  );
});
