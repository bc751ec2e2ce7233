// Images: names of content. What an image consists of is in the content that its target leads to.
import { Code, HawserError } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import { ImageCreate, ImageDelete, ImageUpdate } from "../../proto/gen/image-events.ts";
import { Image } from "../../proto/gen/images.ts";
import type { Timestamp } from "../../proto/gen/timestamp.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { parseDigest } from "../images/digest.ts";
import { type MaskPath, mergeMap, parseMask } from "./field-mask.ts";
import { ABSENT, type FieldLookup, mapField, textField } from "./filter.ts";
import { checkLabels, checkName, gcLabelsOf, shown } from "./labels.ts";
import { IMAGE_RESOURCE, type LeaseStore } from "./leases.ts";
import type { NamespaceStore } from "./namespaces.ts";
import { RecordTable } from "./record-table.ts";
import { announce, type LeaseOption, type StoreOptions } from "./store-options.ts";

// An update without a mask replaces annotations as a part of the target.
const WHOLE = ["labels", "target"] as const;
const MASKABLE = ["labels", "target", "annotations"] as const;
const MAPS = ["labels", "annotations"] as const;
type Field = (typeof MASKABLE)[number];

const lookupIn =
  (image: Image): FieldLookup =>
  ([field, ...rest]) => {
    const target = image.target ?? Descriptor.create();
    switch (field) {
      case "name":
        return textField(image.name);
      case "target":
        if (rest[0] === "digest") return textField(target.digest);
        return rest[0] === "mediatype" ? textField(target.mediaType) : ABSENT;
      case "labels":
        return mapField(image.labels, rest);
      case "annotations":
        return mapField(target.annotations, rest);
      default:
        return ABSENT;
    }
  };

/** How an image is stored. */
export interface ImageOptions extends LeaseOption {
  /** The time to write instead of now: builds that are to be the same every time name theirs (SOURCE_DATE_EPOCH). */
  readonly at?: Timestamp | undefined;
}

/** The images of all namespaces. */
export class ImageStore {
  readonly #options: StoreOptions;
  readonly #namespaces: NamespaceStore;
  readonly #leases: LeaseStore;
  readonly #table: RecordTable<Image>;

  constructor(options: StoreOptions, namespaces: NamespaceStore, leases: LeaseStore) {
    this.#options = options;
    this.#namespaces = namespaces;
    this.#leases = leases;
    this.#table = new RecordTable(options.database, {
      table: "images",
      keyColumn: "name",
      noun: "image",
      codec: Image,
      keyOf: (image) => image.name,
      derived: {
        target: (image) => image.target?.digest ?? "",
        gc_labels: (image) => gcLabelsOf(image.labels),
      },
      lookupIn,
    });
  }

  /** Throws NotFound. */
  get(namespace: string, name: string): Image {
    return this.#table.get(namespace, name);
  }

  find(namespace: string, name: string): Image | undefined {
    return this.#table.find(namespace, name);
  }

  /** Those that any of the filters wants (`name`, `target.digest`, `target.mediatype`, `labels.KEY`, `annotations.KEY`), by name. */
  list(namespace: string, filters: readonly string[]): Iterable<Image> {
    return this.#table.list(namespace, filters);
  }

  /** Throws InvalidArgument for a name or a target that is none, and AlreadyExists. */
  create(namespace: string, image: Image, { lease, at }: ImageOptions = {}): Image {
    const now = at ?? fromDate(this.#options.now());
    const created = checkImage({ ...image, createdAt: now, updatedAt: now });
    const { name, labels } = created;
    return this.#options.database.transaction(() => {
      this.#leases.keep(namespace, lease, { type: IMAGE_RESOURCE, id: name });
      this.#namespaces.ensure(namespace);
      this.#table.insert(namespace, created);
      announce(this.#options, "mutation", {
        publish: (events) => events.publish(namespace, ImageCreate, { name, labels }),
        labels,
      });
      return created;
    });
  }

  /** Changes the fields that the mask names, or replaces labels and target. Throws NotFound, and InvalidArgument. */
  update(
    namespace: string,
    given: Image,
    maskPaths: readonly string[],
    { lease, at }: ImageOptions = {},
  ): Image {
    const { name } = given;
    const rules = { fields: maskPaths.length === 0 ? WHOLE : MASKABLE, maps: MAPS };
    const paths = parseMask<Field>(`image ${shown(name)}`, maskPaths, rules);
    return this.#options.database.transaction(() => {
      const current = this.#table.get(namespace, name);
      const changed = paths.reduce((image, path) => applyPath(image, given, path), current);
      const updated = checkImage({ ...changed, updatedAt: at ?? fromDate(this.#options.now()) });
      this.#leases.keep(namespace, lease, { type: IMAGE_RESOURCE, id: name });
      this.#table.replace(namespace, updated);
      announce(this.#options, "mutation", {
        publish: (events) => events.publish(namespace, ImageUpdate, { name, labels: updated.labels }),
        labels: updated.labels,
      });
      return updated;
    });
  }

  /** Removes the name; its content is for the garbage collector. Throws NotFound, also when it is no name of `target`. */
  delete(namespace: string, name: string, target?: Descriptor): void {
    this.#options.database.transaction(() => {
      if (target !== undefined) {
        const digest = this.#table.get(namespace, name).target?.digest;
        if (digest !== target.digest) {
          throw new HawserError(
            Code.NotFound,
            `delete image ${shown(name)}: its target is "${digest}", not ${shown(target.digest)}`,
          );
        }
      }
      this.#table.delete(namespace, name);
      announce(this.#options, "deletion", {
        publish: (events) => events.publish(namespace, ImageDelete, { name }),
      });
    });
  }
}

function applyPath(image: Image, given: Image, { field, key }: MaskPath<Field>): Image {
  switch (field) {
    case "labels":
      return { ...image, labels: mergeMap(image.labels, given.labels, key) };
    case "target":
      return { ...image, target: given.target };
    case "annotations": {
      const target = image.target ?? Descriptor.create();
      const annotations = mergeMap(target.annotations, given.target?.annotations, key);
      return { ...image, target: { ...target, annotations } };
    }
  }
}

function checkImage(image: Image): Image {
  checkName("image name", image.name);
  const what = `image ${shown(image.name)}`;
  const refuse = (flaw: string): never => {
    throw new HawserError(Code.InvalidArgument, `check ${what}: ${flaw}`);
  };
  const target = image.target ?? refuse("it has no target");
  parseDigest(target.digest);
  if (target.size <= 0n) refuse(`the size of its target is ${target.size}`);
  if (target.mediaType === "") refuse("its target has no media type");
  return Image.create({
    ...image,
    labels: checkLabels(what, image.labels),
    target: { ...target, annotations: checkLabels(`${what}, annotations`, target.annotations) },
  });
}
