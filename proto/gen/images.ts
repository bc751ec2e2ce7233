// Generated from proto/api/images.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Images: names for content. The content itself is another service's.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Descriptor } from "./descriptor.ts";
import { Empty } from "./empty.ts";
import { FieldMask } from "./field-mask.ts";
import { Timestamp } from "./timestamp.ts";

/** A name for content. */
export interface Image {
  /** The name: `docker.io/library/busybox:latest`. */
  name: string;
  /** Labels. */
  labels: Record<string, string>;
  /** The manifest or index it is the name of. */
  target?: Descriptor | undefined;
  /** When it was named; set by the daemon. */
  createdAt?: Timestamp | undefined;
  /** When it was last changed; set by the daemon. */
  updatedAt?: Timestamp | undefined;
}

/** Codec of `containerd.services.images.v1.Image`. */
export const Image: Codec<Image> = /* @__PURE__ */ codec<Image>({
  typeName: "containerd.services.images.v1.Image",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
    target: init.target && Descriptor.create(init.target),
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
    if (message.target !== undefined) writeMessage(writer, 26, Descriptor, message.target);
    if (message.createdAt !== undefined) writeMessage(writer, 58, Timestamp, message.createdAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 66, Timestamp, message.updatedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      case 26:
        message.target = readMessage(Descriptor, reader);
        break;
      case 58:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 66:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for an image. */
export interface GetImageRequest {
  /** Its name. */
  name: string;
}

/** Codec of `containerd.services.images.v1.GetImageRequest`. */
export const GetImageRequest: Codec<GetImageRequest> = /* @__PURE__ */ codec<GetImageRequest>({
  typeName: "containerd.services.images.v1.GetImageRequest",
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

/** An image. */
export interface GetImageResponse {
  /** The image. */
  image?: Image | undefined;
}

/** Codec of `containerd.services.images.v1.GetImageResponse`. */
export const GetImageResponse: Codec<GetImageResponse> = /* @__PURE__ */ codec<GetImageResponse>({
  typeName: "containerd.services.images.v1.GetImageResponse",
  create: (init) => ({
    image: init.image && Image.create(init.image),
  }),
  write(message, writer) {
    if (message.image !== undefined) writeMessage(writer, 10, Image, message.image);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.image = readMessage(Image, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for images. */
export interface ListImagesRequest {
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.images.v1.ListImagesRequest`. */
export const ListImagesRequest: Codec<ListImagesRequest> = /* @__PURE__ */ codec<ListImagesRequest>({
  typeName: "containerd.services.images.v1.ListImagesRequest",
  create: (init) => ({
    filters: copyList(init.filters),
  }),
  write(message, writer) {
    if (message.filters) for (const item of message.filters) writeString(writer, 10, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.filters.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The images. */
export interface ListImagesResponse {
  /** In no order. */
  images: Image[];
}

/** Codec of `containerd.services.images.v1.ListImagesResponse`. */
export const ListImagesResponse: Codec<ListImagesResponse> = /* @__PURE__ */ codec<ListImagesResponse>({
  typeName: "containerd.services.images.v1.ListImagesResponse",
  create: (init) => ({
    images: createList(Image, init.images),
  }),
  write(message, writer) {
    if (message.images) for (const item of message.images) writeMessage(writer, 10, Image, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.images.push(readMessage(Image, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to name an image. */
export interface CreateImageRequest {
  /** The image. */
  image?: Image | undefined;
  /** The time to write as that of its making, for builds that are to be the same every time. */
  sourceDateEpoch?: Timestamp | undefined;
}

/** Codec of `containerd.services.images.v1.CreateImageRequest`. */
export const CreateImageRequest: Codec<CreateImageRequest> = /* @__PURE__ */ codec<CreateImageRequest>({
  typeName: "containerd.services.images.v1.CreateImageRequest",
  create: (init) => ({
    image: init.image && Image.create(init.image),
    sourceDateEpoch: init.sourceDateEpoch && Timestamp.create(init.sourceDateEpoch),
  }),
  write(message, writer) {
    if (message.image !== undefined) writeMessage(writer, 10, Image, message.image);
    if (message.sourceDateEpoch !== undefined) writeMessage(writer, 18, Timestamp, message.sourceDateEpoch);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.image = readMessage(Image, reader);
        break;
      case 18:
        message.sourceDateEpoch = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The image that was named. */
export interface CreateImageResponse {
  /** With its times. */
  image?: Image | undefined;
}

/** Codec of `containerd.services.images.v1.CreateImageResponse`. */
export const CreateImageResponse: Codec<CreateImageResponse> = /* @__PURE__ */ codec<CreateImageResponse>({
  typeName: "containerd.services.images.v1.CreateImageResponse",
  create: (init) => ({
    image: init.image && Image.create(init.image),
  }),
  write(message, writer) {
    if (message.image !== undefined) writeMessage(writer, 10, Image, message.image);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.image = readMessage(Image, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to change an image. */
export interface UpdateImageRequest {
  /** The name, and the fields to be. */
  image?: Image | undefined;
  /** Which fields. Absent: the whole record is replaced. */
  updateMask?: FieldMask | undefined;
  /** The time to write as that of the change. */
  sourceDateEpoch?: Timestamp | undefined;
}

/** Codec of `containerd.services.images.v1.UpdateImageRequest`. */
export const UpdateImageRequest: Codec<UpdateImageRequest> = /* @__PURE__ */ codec<UpdateImageRequest>({
  typeName: "containerd.services.images.v1.UpdateImageRequest",
  create: (init) => ({
    image: init.image && Image.create(init.image),
    updateMask: init.updateMask && FieldMask.create(init.updateMask),
    sourceDateEpoch: init.sourceDateEpoch && Timestamp.create(init.sourceDateEpoch),
  }),
  write(message, writer) {
    if (message.image !== undefined) writeMessage(writer, 10, Image, message.image);
    if (message.updateMask !== undefined) writeMessage(writer, 18, FieldMask, message.updateMask);
    if (message.sourceDateEpoch !== undefined) writeMessage(writer, 26, Timestamp, message.sourceDateEpoch);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.image = readMessage(Image, reader);
        break;
      case 18:
        message.updateMask = readMessage(FieldMask, reader);
        break;
      case 26:
        message.sourceDateEpoch = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The image as it is now. */
export interface UpdateImageResponse {
  /** The image. */
  image?: Image | undefined;
}

/** Codec of `containerd.services.images.v1.UpdateImageResponse`. */
export const UpdateImageResponse: Codec<UpdateImageResponse> = /* @__PURE__ */ codec<UpdateImageResponse>({
  typeName: "containerd.services.images.v1.UpdateImageResponse",
  create: (init) => ({
    image: init.image && Image.create(init.image),
  }),
  write(message, writer) {
    if (message.image !== undefined) writeMessage(writer, 10, Image, message.image);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.image = readMessage(Image, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to remove a name. */
export interface DeleteImageRequest {
  /** The name. */
  name: string;
  /** Whether the answer waits until what only it referred to has been collected. */
  sync: boolean;
  /** When present, the name goes only if this is still its target; otherwise NotFound. */
  target?: Descriptor | undefined;
}

/** Codec of `containerd.services.images.v1.DeleteImageRequest`. */
export const DeleteImageRequest: Codec<DeleteImageRequest> = /* @__PURE__ */ codec<DeleteImageRequest>({
  typeName: "containerd.services.images.v1.DeleteImageRequest",
  create: (init) => ({
    name: init.name ?? "",
    sync: init.sync ?? false,
    target: init.target && Descriptor.create(init.target),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.sync) writer.uint32(16).bool(message.sync);
    if (message.target !== undefined) writeMessage(writer, 26, Descriptor, message.target);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 16:
        message.sync = reader.bool();
        break;
      case 26:
        message.target = readMessage(Descriptor, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Images of the caller's namespace. */
export const Images = {
  name: "containerd.services.images.v1.Images",
  methods: {
    /** One image. */
    get: {
      name: "Get",
      kind: "unary",
      request: GetImageRequest,
      response: GetImageResponse,
    },
    /** All images. */
    list: {
      name: "List",
      kind: "unary",
      request: ListImagesRequest,
      response: ListImagesResponse,
    },
    /** Names an image. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateImageRequest,
      response: CreateImageResponse,
    },
    /** Gives a name another image or other labels. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateImageRequest,
      response: UpdateImageResponse,
    },
    /** Removes a name; content that nothing else refers to may go. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteImageRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
