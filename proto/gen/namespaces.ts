// Generated from proto/api/namespaces.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The tenants of a daemon.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";
import { FieldMask } from "./field-mask.ts";

/** A tenant: every other id is unique within one. */
export interface Namespace {
  /** Its name. */
  name: string;
  /** Labels; some set defaults for clients, as `containerd.io/defaults/snapshotter` does. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.namespaces.v1.Namespace`. */
export const Namespace: Codec<Namespace> = /* @__PURE__ */ codec<Namespace>({
  typeName: "containerd.services.namespaces.v1.Namespace",
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

/** Asks for a namespace. */
export interface GetNamespaceRequest {
  /** Its name. */
  name: string;
}

/** Codec of `containerd.services.namespaces.v1.GetNamespaceRequest`. */
export const GetNamespaceRequest: Codec<GetNamespaceRequest> = /* @__PURE__ */ codec<GetNamespaceRequest>({
  typeName: "containerd.services.namespaces.v1.GetNamespaceRequest",
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

/** A namespace. */
export interface GetNamespaceResponse {
  /** The namespace. */
  namespace?: Namespace | undefined;
}

/** Codec of `containerd.services.namespaces.v1.GetNamespaceResponse`. */
export const GetNamespaceResponse: Codec<GetNamespaceResponse> = /* @__PURE__ */ codec<GetNamespaceResponse>({
  typeName: "containerd.services.namespaces.v1.GetNamespaceResponse",
  create: (init) => ({
    namespace: init.namespace && Namespace.create(init.namespace),
  }),
  write(message, writer) {
    if (message.namespace !== undefined) writeMessage(writer, 10, Namespace, message.namespace);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = readMessage(Namespace, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for namespaces. */
export interface ListNamespacesRequest {
  /** One filter; empty is all. */
  filter: string;
}

/** Codec of `containerd.services.namespaces.v1.ListNamespacesRequest`. */
export const ListNamespacesRequest: Codec<ListNamespacesRequest> = /* @__PURE__ */ codec<ListNamespacesRequest>({
  typeName: "containerd.services.namespaces.v1.ListNamespacesRequest",
  create: (init) => ({
    filter: init.filter ?? "",
  }),
  write(message, writer) {
    if (message.filter) writeString(writer, 10, message.filter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.filter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The namespaces. */
export interface ListNamespacesResponse {
  /** Sorted by name. */
  namespaces: Namespace[];
}

/** Codec of `containerd.services.namespaces.v1.ListNamespacesResponse`. */
export const ListNamespacesResponse: Codec<ListNamespacesResponse> = /* @__PURE__ */ codec<ListNamespacesResponse>({
  typeName: "containerd.services.namespaces.v1.ListNamespacesResponse",
  create: (init) => ({
    namespaces: createList(Namespace, init.namespaces),
  }),
  write(message, writer) {
    if (message.namespaces) for (const item of message.namespaces) writeMessage(writer, 10, Namespace, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespaces.push(readMessage(Namespace, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to make a namespace. */
export interface CreateNamespaceRequest {
  /** The namespace. */
  namespace?: Namespace | undefined;
}

/** Codec of `containerd.services.namespaces.v1.CreateNamespaceRequest`. */
export const CreateNamespaceRequest: Codec<CreateNamespaceRequest> = /* @__PURE__ */ codec<CreateNamespaceRequest>({
  typeName: "containerd.services.namespaces.v1.CreateNamespaceRequest",
  create: (init) => ({
    namespace: init.namespace && Namespace.create(init.namespace),
  }),
  write(message, writer) {
    if (message.namespace !== undefined) writeMessage(writer, 10, Namespace, message.namespace);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = readMessage(Namespace, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The namespace that was made. */
export interface CreateNamespaceResponse {
  /** The namespace. */
  namespace?: Namespace | undefined;
}

/** Codec of `containerd.services.namespaces.v1.CreateNamespaceResponse`. */
export const CreateNamespaceResponse: Codec<CreateNamespaceResponse> = /* @__PURE__ */ codec<CreateNamespaceResponse>({
  typeName: "containerd.services.namespaces.v1.CreateNamespaceResponse",
  create: (init) => ({
    namespace: init.namespace && Namespace.create(init.namespace),
  }),
  write(message, writer) {
    if (message.namespace !== undefined) writeMessage(writer, 10, Namespace, message.namespace);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = readMessage(Namespace, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to change labels. */
export interface UpdateNamespaceRequest {
  /** Name of the namespace, and its labels to be. */
  namespace?: Namespace | undefined;
  /** Which labels: `labels.KEY`, where an empty value removes it. Absent: all of them are replaced. */
  updateMask?: FieldMask | undefined;
}

/** Codec of `containerd.services.namespaces.v1.UpdateNamespaceRequest`. */
export const UpdateNamespaceRequest: Codec<UpdateNamespaceRequest> = /* @__PURE__ */ codec<UpdateNamespaceRequest>({
  typeName: "containerd.services.namespaces.v1.UpdateNamespaceRequest",
  create: (init) => ({
    namespace: init.namespace && Namespace.create(init.namespace),
    updateMask: init.updateMask && FieldMask.create(init.updateMask),
  }),
  write(message, writer) {
    if (message.namespace !== undefined) writeMessage(writer, 10, Namespace, message.namespace);
    if (message.updateMask !== undefined) writeMessage(writer, 18, FieldMask, message.updateMask);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = readMessage(Namespace, reader);
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

/** The namespace as it is now. */
export interface UpdateNamespaceResponse {
  /** The namespace. */
  namespace?: Namespace | undefined;
}

/** Codec of `containerd.services.namespaces.v1.UpdateNamespaceResponse`. */
export const UpdateNamespaceResponse: Codec<UpdateNamespaceResponse> = /* @__PURE__ */ codec<UpdateNamespaceResponse>({
  typeName: "containerd.services.namespaces.v1.UpdateNamespaceResponse",
  create: (init) => ({
    namespace: init.namespace && Namespace.create(init.namespace),
  }),
  write(message, writer) {
    if (message.namespace !== undefined) writeMessage(writer, 10, Namespace, message.namespace);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = readMessage(Namespace, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to remove a namespace. */
export interface DeleteNamespaceRequest {
  /** Its name. */
  name: string;
}

/** Codec of `containerd.services.namespaces.v1.DeleteNamespaceRequest`. */
export const DeleteNamespaceRequest: Codec<DeleteNamespaceRequest> = /* @__PURE__ */ codec<DeleteNamespaceRequest>({
  typeName: "containerd.services.namespaces.v1.DeleteNamespaceRequest",
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

/** Namespaces by name. Needs no namespace of its own. */
export const Namespaces = {
  name: "containerd.services.namespaces.v1.Namespaces",
  methods: {
    /** One namespace. */
    get: {
      name: "Get",
      kind: "unary",
      request: GetNamespaceRequest,
      response: GetNamespaceResponse,
    },
    /** All namespaces. */
    list: {
      name: "List",
      kind: "unary",
      request: ListNamespacesRequest,
      response: ListNamespacesResponse,
    },
    /** Makes a namespace, so that it exists before anything is in it. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateNamespaceRequest,
      response: CreateNamespaceResponse,
    },
    /** Changes labels. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateNamespaceRequest,
      response: UpdateNamespaceResponse,
    },
    /** Removes a namespace that is empty. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteNamespaceRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
