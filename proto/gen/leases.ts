// Generated from proto/api/leases.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Leases: they keep things from the garbage collector until something else refers to them.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";
import { Timestamp } from "./timestamp.ts";

/** A lease. */
export interface Lease {
  /** Its id: any text. */
  id: string;
  /** When it was made. */
  createdAt?: Timestamp | undefined;
  /** Labels; `containerd.io/gc.expire` is when it ends by itself. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.leases.v1.Lease`. */
export const Lease: Codec<Lease> = /* @__PURE__ */ codec<Lease>({
  typeName: "containerd.services.leases.v1.Lease",
  create: (init) => ({
    id: init.id ?? "",
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.createdAt !== undefined) writeMessage(writer, 18, Timestamp, message.createdAt);
    if (message.labels) writeStringMap(writer, 26, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 26:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to make a lease. */
export interface CreateRequest {
  /** Its id; the daemon makes one up when it is empty. */
  id: string;
  /** Its labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.leases.v1.CreateRequest`. */
export const CreateRequest: Codec<CreateRequest> = /* @__PURE__ */ codec<CreateRequest>({
  typeName: "containerd.services.leases.v1.CreateRequest",
  create: (init) => ({
    id: init.id ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.labels) writeStringMap(writer, 26, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 26:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The lease that was made. */
export interface CreateResponse {
  /** The lease. */
  lease?: Lease | undefined;
}

/** Codec of `containerd.services.leases.v1.CreateResponse`. */
export const CreateResponse: Codec<CreateResponse> = /* @__PURE__ */ codec<CreateResponse>({
  typeName: "containerd.services.leases.v1.CreateResponse",
  create: (init) => ({
    lease: init.lease && Lease.create(init.lease),
  }),
  write(message, writer) {
    if (message.lease !== undefined) writeMessage(writer, 10, Lease, message.lease);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.lease = readMessage(Lease, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to end a lease. */
export interface DeleteRequest {
  /** Its id. */
  id: string;
  /** Whether the answer waits until what it kept has been collected. */
  sync: boolean;
}

/** Codec of `containerd.services.leases.v1.DeleteRequest`. */
export const DeleteRequest: Codec<DeleteRequest> = /* @__PURE__ */ codec<DeleteRequest>({
  typeName: "containerd.services.leases.v1.DeleteRequest",
  create: (init) => ({
    id: init.id ?? "",
    sync: init.sync ?? false,
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.sync) writer.uint32(16).bool(message.sync);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 16:
        message.sync = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for leases. */
export interface ListRequest {
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.leases.v1.ListRequest`. */
export const ListRequest: Codec<ListRequest> = /* @__PURE__ */ codec<ListRequest>({
  typeName: "containerd.services.leases.v1.ListRequest",
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

/** The leases. */
export interface ListResponse {
  /** In no order. */
  leases: Lease[];
}

/** Codec of `containerd.services.leases.v1.ListResponse`. */
export const ListResponse: Codec<ListResponse> = /* @__PURE__ */ codec<ListResponse>({
  typeName: "containerd.services.leases.v1.ListResponse",
  create: (init) => ({
    leases: createList(Lease, init.leases),
  }),
  write(message, writer) {
    if (message.leases) for (const item of message.leases) writeMessage(writer, 10, Lease, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.leases.push(readMessage(Lease, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A thing that a lease keeps. */
export interface Resource {
  /** A digest, a snapshot's key, the ref of an ingest. */
  id: string;
  /** `content`, `snapshots/<snapshotter>`, `ingests`. */
  type: string;
}

/** Codec of `containerd.services.leases.v1.Resource`. */
export const Resource: Codec<Resource> = /* @__PURE__ */ codec<Resource>({
  typeName: "containerd.services.leases.v1.Resource",
  create: (init) => ({
    id: init.id ?? "",
    type: init.type ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.type) writeString(writer, 18, message.type);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.type = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to put a thing under a lease. */
export interface AddResourceRequest {
  /** Id of the lease. */
  id: string;
  /** The thing. */
  resource?: Resource | undefined;
}

/** Codec of `containerd.services.leases.v1.AddResourceRequest`. */
export const AddResourceRequest: Codec<AddResourceRequest> = /* @__PURE__ */ codec<AddResourceRequest>({
  typeName: "containerd.services.leases.v1.AddResourceRequest",
  create: (init) => ({
    id: init.id ?? "",
    resource: init.resource && Resource.create(init.resource),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.resource !== undefined) writeMessage(writer, 18, Resource, message.resource);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.resource = readMessage(Resource, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to take a thing out of a lease. */
export interface DeleteResourceRequest {
  /** Id of the lease. */
  id: string;
  /** The thing. */
  resource?: Resource | undefined;
}

/** Codec of `containerd.services.leases.v1.DeleteResourceRequest`. */
export const DeleteResourceRequest: Codec<DeleteResourceRequest> = /* @__PURE__ */ codec<DeleteResourceRequest>({
  typeName: "containerd.services.leases.v1.DeleteResourceRequest",
  create: (init) => ({
    id: init.id ?? "",
    resource: init.resource && Resource.create(init.resource),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.resource !== undefined) writeMessage(writer, 18, Resource, message.resource);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.resource = readMessage(Resource, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks what is under a lease. */
export interface ListResourcesRequest {
  /** Id of the lease. */
  id: string;
}

/** Codec of `containerd.services.leases.v1.ListResourcesRequest`. */
export const ListResourcesRequest: Codec<ListResourcesRequest> = /* @__PURE__ */ codec<ListResourcesRequest>({
  typeName: "containerd.services.leases.v1.ListResourcesRequest",
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

/** What is under the lease. */
export interface ListResourcesResponse {
  /** In no order. */
  resources: Resource[];
}

/** Codec of `containerd.services.leases.v1.ListResourcesResponse`. */
export const ListResourcesResponse: Codec<ListResourcesResponse> = /* @__PURE__ */ codec<ListResourcesResponse>({
  typeName: "containerd.services.leases.v1.ListResourcesResponse",
  create: (init) => ({
    resources: createList(Resource, init.resources),
  }),
  write(message, writer) {
    if (message.resources) for (const item of message.resources) writeMessage(writer, 10, Resource, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.resources.push(readMessage(Resource, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Leases of the caller's namespace. */
export const Leases = {
  name: "containerd.services.leases.v1.Leases",
  methods: {
    /** Makes a lease. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateRequest,
      response: CreateResponse,
    },
    /** Ends a lease; what only it kept may go. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteRequest,
      response: Empty,
    },
    /** All leases. */
    list: {
      name: "List",
      kind: "unary",
      request: ListRequest,
      response: ListResponse,
    },
    /** Puts a thing under a lease. */
    addResource: {
      name: "AddResource",
      kind: "unary",
      request: AddResourceRequest,
      response: Empty,
    },
    /** Takes a thing out of a lease. */
    deleteResource: {
      name: "DeleteResource",
      kind: "unary",
      request: DeleteResourceRequest,
      response: Empty,
    },
    /** What is under a lease. */
    listResources: {
      name: "ListResources",
      kind: "unary",
      request: ListResourcesRequest,
      response: ListResourcesResponse,
    },
  },
} as const satisfies ServiceDefinition;
