// Generated from proto/api/containers.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The records of containers: what is to run, whether or not it runs.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, createMap, readMessage, readMessageEntry, readStringEntry, writeMessage, writeMessageMap, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Empty } from "./empty.ts";
import { FieldMask } from "./field-mask.ts";
import { Timestamp } from "./timestamp.ts";

/** What runs it. */
export interface ContainerRuntime {
  /** Its name: `io.containerd.hawser.v2`. */
  name: string;
  /** Its options. */
  options?: Any | undefined;
}

/** Codec of `containerd.services.containers.v1.Container.Runtime`. */
export const ContainerRuntime: Codec<ContainerRuntime> = /* @__PURE__ */ codec<ContainerRuntime>({
  typeName: "containerd.services.containers.v1.Container.Runtime",
  create: (init) => ({
    name: init.name ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.options !== undefined) writeMessage(writer, 18, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.options = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What a container is made of. */
export interface Container {
  /** Id, unique in its namespace. */
  id: string;
  /** Labels. */
  labels: Record<string, string>;
  /** Name of the image it was made from; a note only. */
  image: string;
  /** What runs it. */
  runtime?: ContainerRuntime | undefined;
  /** The OCI spec as JSON, or what else the runtime understands. */
  spec?: Any | undefined;
  /** Name of the snapshotter that has its rootfs. */
  snapshotter: string;
  /** The rootfs there; the collector keeps it for the container. */
  snapshotKey: string;
  /** When the record was made; set by the daemon. */
  createdAt?: Timestamp | undefined;
  /** When it was last changed; set by the daemon. */
  updatedAt?: Timestamp | undefined;
  /** More about it, for programs that know what; keys are theirs. */
  extensions: Record<string, Any>;
  /** Id of the sandbox it belongs to; empty is none. */
  sandbox: string;
}

/** Codec of `containerd.services.containers.v1.Container`. */
export const Container: Codec<Container> = /* @__PURE__ */ codec<Container>({
  typeName: "containerd.services.containers.v1.Container",
  create: (init) => ({
    id: init.id ?? "",
    labels: copyMap(init.labels),
    image: init.image ?? "",
    runtime: init.runtime && ContainerRuntime.create(init.runtime),
    spec: init.spec && Any.create(init.spec),
    snapshotter: init.snapshotter ?? "",
    snapshotKey: init.snapshotKey ?? "",
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    extensions: createMap(Any, init.extensions),
    sandbox: init.sandbox ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.labels) writeStringMap(writer, 18, message.labels);
    if (message.image) writeString(writer, 26, message.image);
    if (message.runtime !== undefined) writeMessage(writer, 34, ContainerRuntime, message.runtime);
    if (message.spec !== undefined) writeMessage(writer, 42, Any, message.spec);
    if (message.snapshotter) writeString(writer, 50, message.snapshotter);
    if (message.snapshotKey) writeString(writer, 58, message.snapshotKey);
    if (message.createdAt !== undefined) writeMessage(writer, 66, Timestamp, message.createdAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 74, Timestamp, message.updatedAt);
    if (message.extensions) writeMessageMap(writer, 82, Any, message.extensions);
    if (message.sandbox) writeString(writer, 90, message.sandbox);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      case 26:
        message.image = reader.string();
        break;
      case 34:
        message.runtime = readMessage(ContainerRuntime, reader);
        break;
      case 42:
        message.spec = readMessage(Any, reader);
        break;
      case 50:
        message.snapshotter = reader.string();
        break;
      case 58:
        message.snapshotKey = reader.string();
        break;
      case 66:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 74:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 82:
        readMessageEntry(Any, reader, message.extensions);
        break;
      case 90:
        message.sandbox = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for a container. */
export interface GetContainerRequest {
  /** Its id. */
  id: string;
}

/** Codec of `containerd.services.containers.v1.GetContainerRequest`. */
export const GetContainerRequest: Codec<GetContainerRequest> = /* @__PURE__ */ codec<GetContainerRequest>({
  typeName: "containerd.services.containers.v1.GetContainerRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container. */
export interface GetContainerResponse {
  /** The container. */
  container?: Container | undefined;
}

/** Codec of `containerd.services.containers.v1.GetContainerResponse`. */
export const GetContainerResponse: Codec<GetContainerResponse> = /* @__PURE__ */ codec<GetContainerResponse>({
  typeName: "containerd.services.containers.v1.GetContainerResponse",
  create: (init) => ({
    container: init.container && Container.create(init.container),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for containers. */
export interface ListContainersRequest {
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.containers.v1.ListContainersRequest`. */
export const ListContainersRequest: Codec<ListContainersRequest> = /* @__PURE__ */ codec<ListContainersRequest>({
  typeName: "containerd.services.containers.v1.ListContainersRequest",
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

/** The containers. */
export interface ListContainersResponse {
  /** In no order. */
  containers: Container[];
}

/** Codec of `containerd.services.containers.v1.ListContainersResponse`. */
export const ListContainersResponse: Codec<ListContainersResponse> = /* @__PURE__ */ codec<ListContainersResponse>({
  typeName: "containerd.services.containers.v1.ListContainersResponse",
  create: (init) => ({
    containers: createList(Container, init.containers),
  }),
  write(message, writer) {
    if (message.containers) for (const item of message.containers) writeMessage(writer, 10, Container, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containers.push(readMessage(Container, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One of the containers. */
export interface ListContainerMessage {
  /** The container. */
  container?: Container | undefined;
}

/** Codec of `containerd.services.containers.v1.ListContainerMessage`. */
export const ListContainerMessage: Codec<ListContainerMessage> = /* @__PURE__ */ codec<ListContainerMessage>({
  typeName: "containerd.services.containers.v1.ListContainerMessage",
  create: (init) => ({
    container: init.container && Container.create(init.container),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to make a record. */
export interface CreateContainerRequest {
  /** The container. */
  container?: Container | undefined;
}

/** Codec of `containerd.services.containers.v1.CreateContainerRequest`. */
export const CreateContainerRequest: Codec<CreateContainerRequest> = /* @__PURE__ */ codec<CreateContainerRequest>({
  typeName: "containerd.services.containers.v1.CreateContainerRequest",
  create: (init) => ({
    container: init.container && Container.create(init.container),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The record that was made. */
export interface CreateContainerResponse {
  /** With its times. */
  container?: Container | undefined;
}

/** Codec of `containerd.services.containers.v1.CreateContainerResponse`. */
export const CreateContainerResponse: Codec<CreateContainerResponse> = /* @__PURE__ */ codec<CreateContainerResponse>({
  typeName: "containerd.services.containers.v1.CreateContainerResponse",
  create: (init) => ({
    container: init.container && Container.create(init.container),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to change a record. */
export interface UpdateContainerRequest {
  /** The id, and the fields to be. */
  container?: Container | undefined;
  /** Which fields. Absent: all that may be changed. */
  updateMask?: FieldMask | undefined;
}

/** Codec of `containerd.services.containers.v1.UpdateContainerRequest`. */
export const UpdateContainerRequest: Codec<UpdateContainerRequest> = /* @__PURE__ */ codec<UpdateContainerRequest>({
  typeName: "containerd.services.containers.v1.UpdateContainerRequest",
  create: (init) => ({
    container: init.container && Container.create(init.container),
    updateMask: init.updateMask && FieldMask.create(init.updateMask),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
    if (message.updateMask !== undefined) writeMessage(writer, 18, FieldMask, message.updateMask);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      case 18:
        message.updateMask = readMessage(FieldMask, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The record as it is now. */
export interface UpdateContainerResponse {
  /** The container. */
  container?: Container | undefined;
}

/** Codec of `containerd.services.containers.v1.UpdateContainerResponse`. */
export const UpdateContainerResponse: Codec<UpdateContainerResponse> = /* @__PURE__ */ codec<UpdateContainerResponse>({
  typeName: "containerd.services.containers.v1.UpdateContainerResponse",
  create: (init) => ({
    container: init.container && Container.create(init.container),
  }),
  write(message, writer) {
    if (message.container !== undefined) writeMessage(writer, 10, Container, message.container);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.container = readMessage(Container, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to remove a record. */
export interface DeleteContainerRequest {
  /** Id of the container. */
  id: string;
}

/** Codec of `containerd.services.containers.v1.DeleteContainerRequest`. */
export const DeleteContainerRequest: Codec<DeleteContainerRequest> = /* @__PURE__ */ codec<DeleteContainerRequest>({
  typeName: "containerd.services.containers.v1.DeleteContainerRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Containers of the caller's namespace. */
export const Containers = {
  name: "containerd.services.containers.v1.Containers",
  methods: {
    /** One container. */
    get: {
      name: "Get",
      kind: "unary",
      request: GetContainerRequest,
      response: GetContainerResponse,
    },
    /** All containers, in one message. */
    list: {
      name: "List",
      kind: "unary",
      request: ListContainersRequest,
      response: ListContainersResponse,
    },
    /** All containers, one message each. */
    listStream: {
      name: "ListStream",
      kind: "server-streaming",
      request: ListContainersRequest,
      response: ListContainerMessage,
    },
    /** Makes a record. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateContainerRequest,
      response: CreateContainerResponse,
    },
    /** Changes a record. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateContainerRequest,
      response: UpdateContainerResponse,
    },
    /** Removes a record. A task of that container is left alone. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteContainerRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
