import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type GcReference, readGcLabels } from "../../../../manager/metadata/gc-labels.ts";
import { type GcRecords, type GcVerdict, mark } from "../../../../manager/metadata/gc-mark.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const PAST = "2026-01-02T03:04:04Z";
const FUTURE = "2026-01-02T05:04:06+01:00";

type Labels = Record<string, string>;
const labels = (given: Labels) => {
  const prefixed = Object.entries(given).map(([key, value]) => [`containerd.io/gc.${key}`, value]);
  return readGcLabels(prefixed.length === 0 ? null : JSON.stringify(Object.fromEntries(prefixed)));
};
const content = (digest: string, given: Labels = {}) => ({ digest, labels: labels(given) });
const snapshot = (key: string, parent?: string, given: Labels = {}) => ({
  key,
  parent,
  labels: labels(given),
});
const image = (name: string, target: string, given: Labels = {}) => ({ name, target, labels: labels(given) });
const container = (id: string, key?: string, given: Labels = {}) => ({
  id,
  snapshot: key,
  labels: labels(given),
});
const lease = (id: string, resources: GcReference[], given: Labels = {}) => ({
  id,
  resources,
  labels: labels(given),
});
const c = (key: string): GcReference => ({ kind: "content", key });
const s = (key: string): GcReference => ({ kind: "snapshot", key });
const i = (key: string): GcReference => ({ kind: "image", key });

const TREE = {
  content: [
    content("index", { "ref.content.m.0": "manifest" }),
    content("manifest", { "ref.content.config": "config", "ref.content.l.0": "layer" }),
    content("config", { "ref.snapshot.overlayfs": "top" }),
    content("layer"),
  ],
  snapshots: [snapshot("overlayfs/top", "overlayfs/base"), snapshot("overlayfs/base")],
};
const ALL_OF_TREE = ["index", "manifest", "config", "layer", "overlayfs/top", "overlayfs/base"];

test("mark() keeps what is needed and nothing else", () => {
  const rows: [reason: string, records: Partial<GcRecords>, garbage: string[]][] = [
    ["nothing is no garbage", {}, []],
    ["what nobody refers to is", { content: [content("a")], snapshots: [snapshot("o/x")] }, ["a", "o/x"]],
    ["an image keeps all that its target leads to", { ...TREE, images: [image("web", "index")] }, []],
    ["without it all goes", TREE, ALL_OF_TREE],
    ["an image keeps its target only so far as it is there", { images: [image("web", "absent")] }, []],
    [
      "an image past its time goes, with what it kept",
      { ...TREE, images: [image("web", "index", { expire: PAST })] },
      ["web", ...ALL_OF_TREE],
    ],
    ["before its time it stays", { ...TREE, images: [image("web", "index", { expire: FUTURE })] }, []],
    ["a time that is none is for ever", { images: [image("web", "x", { expire: "tomorrow" })] }, []],
    [
      "an image past its time stays while another refers to it",
      {
        images: [
          image("old", "a", { expire: PAST }),
          image("new", "b", { "ref.image": "old" }),
          image("slash", "b", { "ref.image/x": "old" }),
        ],
        content: [content("a"), content("b")],
      },
      [],
    ],
    [
      "labels of an image refer, too",
      {
        images: [image("web", "a", { "ref.content.sbom": "b", "ref.snapshot.o/1": "x" })],
        content: [content("a"), content("b")],
        snapshots: [snapshot("o/x")],
      },
      [],
    ],
    [
      "references are exact words, then a dot or a slash",
      {
        images: [
          image("web", "a", {
            "ref.contents": "b",
            "ref.content": "c",
            "ref.content/x": "d",
            "ref.snapshot": "x",
            "ref.snapshot/o": "x",
            "ref.snapshot.": "x",
            "ref.lease": "l",
          }),
        ],
        content: ["a", "b", "c", "d"].map((each) => content(each)),
        snapshots: [snapshot("o/x"), snapshot("/x")],
      },
      ["b", "o/x", "/x"],
    ],
    [
      "a container keeps its snapshot and those below, and what its labels name",
      {
        containers: [container("c", "o/top", { "ref.content": "a", "ref.image": "old" })],
        content: [content("a"), content("b")],
        images: [image("old", "b", { expire: PAST })],
        snapshots: [
          snapshot("o/top", "o/base"),
          snapshot("o/base"),
          snapshot("n/top"),
          snapshot("o/x", "o/base"),
        ],
      },
      ["n/top", "o/x"],
    ],
    [
      "a snapshot on top keeps nothing by itself",
      { snapshots: [snapshot("o/b"), snapshot("o/t", "o/b")] },
      ["o/b", "o/t"],
    ],
    [
      "a root label keeps content and snapshots, whatever its value and its end",
      {
        content: [
          content("a", { root: "x", "ref.content": "b" }),
          content("b"),
          content("c", { "root.x": "1" }),
        ],
        snapshots: [snapshot("o/t", "o/b", { root: "2020" }), snapshot("o/b")],
      },
      [],
    ],
    [
      "a snapshot's labels refer",
      {
        snapshots: [
          snapshot("o/t", undefined, { root: "1", "ref.content": "a", "ref.snapshot.n": "u" }),
          snapshot("n/u"),
        ],
        content: [content("a")],
      },
      [],
    ],
    [
      "a lease keeps what it names, and what that leads to",
      { ...TREE, leases: [lease("l", [c("index")])] },
      [],
    ],
    [
      "a flat lease keeps what it names",
      { ...TREE, leases: [lease("l", [c("index"), c("manifest")], { flat: "1" })] },
      ["config", "layer", "overlayfs/top", "overlayfs/base"],
    ],
    [
      "a flat lease on a snapshot keeps those below",
      {
        leases: [lease("l", [s("o/t")], { flat: "1" })],
        snapshots: [snapshot("o/t", "o/b", { "ref.content": "a" }), snapshot("o/b")],
        content: [content("a")],
      },
      ["a"],
    ],
    [
      "a flat lease on an image keeps the image and its target",
      {
        ...TREE,
        images: [image("web", "index", { expire: PAST })],
        leases: [lease("l", [i("web")], { flat: "1" })],
      },
      ["manifest", "config", "layer", "overlayfs/top", "overlayfs/base"],
    ],
    [
      "what a flat lease keeps leads further by another way",
      { ...TREE, leases: [lease("f", [c("index")], { flat: "1" }), lease("l", [c("index")])] },
      [],
    ],
    [
      "a lease past its time keeps nothing and goes",
      { ...TREE, leases: [lease("l", [c("index")], { expire: PAST })] },
      ["l", ...ALL_OF_TREE],
    ],
    ["one before its time does", { ...TREE, leases: [lease("l", [c("index")], { expire: FUTURE })] }, []],
    ["a lease may keep what is not there", { leases: [lease("l", [c("x"), s("o/x"), i("x")])] }, []],
    [
      "a back reference keeps what names something needed",
      {
        images: [image("web", "a"), image("sig", "s", { expire: PAST, "bref.image": "web" })],
        containers: [container("c")],
        content: [
          content("a"),
          content("s"),
          content("of-content", { "bref.content.x": "a" }),
          content("of-image", { "bref.image/y": "web" }),
          content("of-container", { "bref.container": "c" }),
          content("of-snapshot", { "bref.snapshot.o": "x" }),
          content("of-nobody", { "bref.content": "absent", "bref.image": "x", "bref.container": "d" }),
          content("of-garbage", { "bref.content": "of-nobody" }),
        ],
        snapshots: [
          snapshot("o/x", undefined, { "bref.container": "c" }),
          snapshot("n/x", undefined, { "bref.contents": "a" }),
        ],
      },
      ["n/x", "of-garbage", "of-nobody"],
    ],
    [
      "a flat lease's things have no back references",
      {
        leases: [lease("l", [c("a")], { flat: "1" })],
        content: [content("a"), content("b", { "bref.content": "a" })],
      },
      ["b"],
    ],
    [
      "circles end, and go together",
      {
        content: [
          content("a", { "ref.content": "b" }),
          content("b", { "ref.content": "a" }),
          content("c", { "bref.content": "d" }),
          content("d", { "bref.content": "c" }),
        ],
      },
      ["a", "b", "c", "d"],
    ],
  ];
  for (const [reason, records, garbage] of rows) {
    const none = { leases: [], images: [], containers: [], content: [], snapshots: [] };
    const verdict: GcVerdict = mark({ ...none, ...records }, NOW);
    const found = [verdict.leases, verdict.images, verdict.content, verdict.snapshots].flat();
    assert.deepEqual(new Set(found), new Set(garbage), reason);
    assert.equal(found.length, garbage.length, reason);
  }
});

test("mark() says when something expires next", () => {
  const none = { containers: [], content: [], snapshots: [] };
  const at = (leaseTimes: string[], imageTimes: string[]) =>
    mark(
      {
        ...none,
        leases: leaseTimes.map((expire) => lease(expire, [], { expire })),
        images: imageTimes.map((expire) => image(expire, "x", { expire })),
      },
      NOW,
    ).nextExpiry;
  assert.equal(at([], []), undefined);
  assert.equal(at([PAST, "never"], [PAST]), undefined);
  assert.equal(at([PAST, FUTURE, "2030-01-01T00:00:00Z"], []), Date.parse(FUTURE));
  assert.equal(
    at(["2030-01-01T00:00:00Z"], ["2029-01-01T00:00:00.123456789Z"]),
    Date.parse("2029-01-01T00:00:00.123Z"),
  );
});

test("mark() judges a hundred thousand records in linear time", () => {
  const count = 100_000;
  const names = Array.from({ length: count }, (_, n) => `sha256:${n}`);
  const records = {
    leases: [],
    images: [image("web", "sha256:0")],
    containers: [],
    // One chain, which would be the end of anything that recurses.
    content: names.map((digest, n) =>
      content(digest, n % 2 === 0 && n < count / 2 ? { "ref.content": `sha256:${n + 2}` } : {}),
    ),
    snapshots: [],
  };
  assert.equal(mark(records, NOW).content.length, count - count / 4 - 1);
});

// The rules once more, word for word and without any thought of speed: what is needed grows until nothing is added.
function neededBy(records: GcRecords): Set<string> {
  const name = ({ kind, key }: GcReference) => `${kind} ${key}`;
  const isOver = ({ expiresAt }: { expiresAt: number | undefined }) =>
    expiresAt !== undefined && expiresAt < NOW;
  const all = [
    ...records.images.map((each) => ({
      kind: "image" as const,
      key: each.name,
      own: c(each.target),
      ...each,
    })),
    ...records.containers.map((each) => ({
      kind: "container" as const,
      key: each.id,
      own: each.snapshot === undefined ? undefined : s(each.snapshot),
      ...each,
    })),
    ...records.content.map((each) => ({
      kind: "content" as const,
      key: each.digest,
      own: undefined,
      ...each,
    })),
    ...records.snapshots.map((each) => ({
      kind: "snapshot" as const,
      own: each.parent === undefined ? undefined : s(each.parent),
      ...each,
    })),
  ];
  const full = new Set<string>();
  const flat = new Set<string>();
  for (const { labels: given, resources } of records.leases) {
    if (!isOver(given)) for (const each of resources) (given.isFlat ? flat : full).add(name(each));
  }
  for (const each of all) {
    const isRoot =
      each.kind === "image" ? !isOver(each.labels) : each.kind === "container" || each.labels.isRoot;
    if (isRoot) full.add(name(each));
  }
  for (let before = -1; before !== full.size + flat.size; ) {
    before = full.size + flat.size;
    for (const each of all) {
      if (each.own !== undefined && full.has(name(each))) full.add(name(each.own));
      if (each.own !== undefined && flat.has(name(each))) flat.add(name(each.own));
      if (full.has(name(each))) for (const to of each.labels.references) full.add(name(to));
      if (each.labels.backReferences.some((to) => full.has(name(to)))) full.add(name(each));
    }
  }
  return new Set([...full, ...flat]);
}

test("mark() agrees with the rules, whatever refers to what", () => {
  const key = fc.constantFrom("a", "b", "c", "d");
  const label = fc.oneof(
    fc.tuple(
      fc.constantFrom("ref.content", "ref.image/x", "ref.snapshot.o", "bref.content.y", "bref.image"),
      key,
    ),
    fc.tuple(fc.constantFrom("bref.container", "bref.snapshot.o"), key),
    fc.tuple(fc.constant("expire"), fc.constantFrom(PAST, FUTURE)),
  );
  const given = fc.array(label, { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  const rooted = fc
    .tuple(given, fc.boolean())
    .map(([each, isRoot]) => (isRoot ? { ...each, root: "1" } : each));
  const flattened = fc
    .tuple(given, fc.boolean())
    .map(([each, isFlat]) => (isFlat ? { ...each, flat: "1" } : each));
  const some = <T>(one: fc.Arbitrary<T>, by: (each: T) => string) =>
    fc.uniqueArray(one, { maxLength: 4, selector: by });
  const resource = fc.oneof(
    key.map(c),
    key.map(i),
    key.map((each) => s(`o/${each}`)),
  );
  const records: fc.Arbitrary<GcRecords> = fc.record({
    leases: some(
      fc.tuple(key, fc.array(resource, { maxLength: 2 }), flattened).map((each) => lease(...each)),
      (each) => each.id,
    ),
    images: some(
      fc.tuple(key, key, given).map((each) => image(...each)),
      (each) => each.name,
    ),
    containers: some(
      fc
        .tuple(
          key,
          fc.option(
            key.map((each) => `o/${each}`),
            { nil: undefined },
          ),
          given,
        )
        .map((each) => container(...each)),
      (each) => each.id,
    ),
    content: some(
      fc
        .tuple(
          key,
          fc.integer({ min: 0, max: 9 }).chain((n) => (n === 0 ? rooted : given)),
        )
        .map((each) => content(...each)),
      (each) => each.digest,
    ),
    snapshots: some(
      fc
        .tuple(
          key.map((each) => `o/${each}`),
          fc.option(
            key.map((each) => `o/${each}`),
            { nil: undefined },
          ),
          given,
        )
        .map((each) => snapshot(...each)),
      (each) => each.key,
    ),
  });
  fc.assert(
    fc.property(records, (each) => {
      const needed = neededBy(each);
      const verdict = mark(each, NOW);
      const unneeded = (kind: string, keys: string[]) => keys.filter((one) => !needed.has(`${kind} ${one}`));
      assert.deepEqual(
        verdict.images,
        unneeded(
          "image",
          each.images.map((one) => one.name),
        ),
      );
      assert.deepEqual(
        verdict.content,
        unneeded(
          "content",
          each.content.map((one) => one.digest),
        ),
      );
      assert.deepEqual(
        verdict.snapshots,
        unneeded(
          "snapshot",
          each.snapshots.map((one) => one.key),
        ),
      );
    }),
    { numRuns: 1000 },
  );
});
