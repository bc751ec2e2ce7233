// Generated from proto/image-events.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What happened to images. These events live in the package of the image service, unlike all others.
import type { Codec } from "../codec.ts";
import { codec, copyMap, readStringEntry, writeString, writeStringMap } from "../codec-runtime.ts";

/** An image was named. */
export interface ImageCreate {
  /** Its name. */
  name: string;
  /** Its labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.images.v1.ImageCreate`. */
export const ImageCreate: Codec<ImageCreate> = /* @__PURE__ */ codec<ImageCreate>({
  typeName: "containerd.services.images.v1.ImageCreate",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A name got another image or other labels. */
export interface ImageUpdate {
  /** Its name. */
  name: string;
  /** Its labels now. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.images.v1.ImageUpdate`. */
export const ImageUpdate: Codec<ImageUpdate> = /* @__PURE__ */ codec<ImageUpdate>({
  typeName: "containerd.services.images.v1.ImageUpdate",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A name was removed. */
export interface ImageDelete {
  /** The name. */
  name: string;
}

/** Codec of `containerd.services.images.v1.ImageDelete`. */
export const ImageDelete: Codec<ImageDelete> = /* @__PURE__ */ codec<ImageDelete>({
  typeName: "containerd.services.images.v1.ImageDelete",
  create: (init) => ({
    name: init.name ?? "",
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});
