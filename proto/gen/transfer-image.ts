// Generated from proto/transfer-image.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The ends of a transfer that a manager knows: images in its store, in archives and in registries.
// Each message comes in an Any with the bare type URL.
import type { Codec } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Platform } from "./platform.ts";
import { Timestamp } from "./timestamp.ts";

/** How much of the traffic with a registry is logged. */
export const HTTPDebug = {
  /** Nothing. */
  DISABLED: 0,
  /** Requests and responses. */
  DEBUG: 1,
  /** What the connection does. */
  TRACE: 2,
  /** Both. */
  BOTH: 3,
} as const;

/** A known value of HTTPDebug. Fields are numbers: a peer may know more of them. */
export type HTTPDebug = (typeof HTTPDebug)[keyof typeof HTTPDebug];

/** How a client proves to a registry who it is. */
export const AuthType = {
  /** Not at all. */
  NONE: 0,
  /** With a name and a password. */
  CREDENTIALS: 1,
  /** With a refresh token. */
  REFRESH: 2,
  /** With a header as it is. */
  HEADER: 3,
} as const;

/** A known value of AuthType. Fields are numbers: a peer may know more of them. */
export type AuthType = (typeof AuthType)[keyof typeof AuthType];

/** An end in the manager's image store. */
export interface ImageStore {
  /** Name of the image. */
  name: string;
  /** Labels for the image. */
  labels: Record<string, string>;
  /** The platforms to take; empty for the manager's choice. */
  platforms: Platform[];
  /** Whether manifests of other platforms are taken, without their layers. */
  allMetadata: boolean;
  /** The most manifests to take; 0 for all. */
  manifestLimit: number;
  /** More names for what is found. */
  extraReferences: ImageReference[];
  /** What to unpack, and where to. */
  unpacks: UnpackConfiguration[];
}

/** Codec of `containerd.types.transfer.ImageStore`. */
export const ImageStore: Codec<ImageStore> = /* @__PURE__ */ codec<ImageStore>({
  typeName: "containerd.types.transfer.ImageStore",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
    platforms: createList(Platform, init.platforms),
    allMetadata: init.allMetadata ?? false,
    manifestLimit: init.manifestLimit ?? 0,
    extraReferences: createList(ImageReference, init.extraReferences),
    unpacks: createList(UnpackConfiguration, init.unpacks),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
    if (message.platforms) for (const item of message.platforms) writeMessage(writer, 26, Platform, item);
    if (message.allMetadata) writer.uint32(32).bool(message.allMetadata);
    if (message.manifestLimit) writer.uint32(40).uint32(message.manifestLimit);
    if (message.extraReferences) for (const item of message.extraReferences) writeMessage(writer, 50, ImageReference, item);
    if (message.unpacks) for (const item of message.unpacks) writeMessage(writer, 82, UnpackConfiguration, item);
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
        message.platforms.push(readMessage(Platform, reader));
        break;
      case 32:
        message.allMetadata = reader.bool();
        break;
      case 40:
        message.manifestLimit = reader.uint32();
        break;
      case 50:
        message.extraReferences.push(readMessage(ImageReference, reader));
        break;
      case 82:
        message.unpacks.push(readMessage(UnpackConfiguration, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A further name for an image, or the beginning of one. */
export interface ImageReference {
  /** The name. */
  name: string;
  /** Whether `name` is the beginning of names. */
  isPrefix: boolean;
  /** Whether a name that exists may get another image. */
  allowOverwrite: boolean;
  /** Whether a name with the digest is made, too. */
  addDigest: boolean;
  /** Whether that is left out for images that have a name. */
  skipNamedDigest: boolean;
}

/** Codec of `containerd.types.transfer.ImageReference`. */
export const ImageReference: Codec<ImageReference> = /* @__PURE__ */ codec<ImageReference>({
  typeName: "containerd.types.transfer.ImageReference",
  create: (init) => ({
    name: init.name ?? "",
    isPrefix: init.isPrefix ?? false,
    allowOverwrite: init.allowOverwrite ?? false,
    addDigest: init.addDigest ?? false,
    skipNamedDigest: init.skipNamedDigest ?? false,
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.isPrefix) writer.uint32(16).bool(message.isPrefix);
    if (message.allowOverwrite) writer.uint32(24).bool(message.allowOverwrite);
    if (message.addDigest) writer.uint32(32).bool(message.addDigest);
    if (message.skipNamedDigest) writer.uint32(40).bool(message.skipNamedDigest);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 16:
        message.isPrefix = reader.bool();
        break;
      case 24:
        message.allowOverwrite = reader.bool();
        break;
      case 32:
        message.addDigest = reader.bool();
        break;
      case 40:
        message.skipNamedDigest = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Which layers to unpack into which snapshotter. */
export interface UnpackConfiguration {
  /** The platform. */
  platform?: Platform | undefined;
  /** The snapshotter; empty for the manager's choice. */
  snapshotter: string;
}

/** Codec of `containerd.types.transfer.UnpackConfiguration`. */
export const UnpackConfiguration: Codec<UnpackConfiguration> = /* @__PURE__ */ codec<UnpackConfiguration>({
  typeName: "containerd.types.transfer.UnpackConfiguration",
  create: (init) => ({
    platform: init.platform && Platform.create(init.platform),
    snapshotter: init.snapshotter ?? "",
  }),
  write(message, writer) {
    if (message.platform !== undefined) writeMessage(writer, 10, Platform, message.platform);
    if (message.snapshotter) writeString(writer, 18, message.snapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.platform = readMessage(Platform, reader);
        break;
      case 18:
        message.snapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end from which the server reads an archive of images. */
export interface ImageImportStream {
  /** Id of the stream. */
  stream: string;
  /** What the archive is. */
  mediaType: string;
  /** Whether layers are compressed that are not. */
  forceCompress: boolean;
}

/** Codec of `containerd.types.transfer.ImageImportStream`. */
export const ImageImportStream: Codec<ImageImportStream> = /* @__PURE__ */ codec<ImageImportStream>({
  typeName: "containerd.types.transfer.ImageImportStream",
  create: (init) => ({
    stream: init.stream ?? "",
    mediaType: init.mediaType ?? "",
    forceCompress: init.forceCompress ?? false,
  }),
  write(message, writer) {
    if (message.stream) writeString(writer, 10, message.stream);
    if (message.mediaType) writeString(writer, 18, message.mediaType);
    if (message.forceCompress) writer.uint32(24).bool(message.forceCompress);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stream = reader.string();
        break;
      case 18:
        message.mediaType = reader.string();
        break;
      case 24:
        message.forceCompress = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end to which the server writes an archive of images. */
export interface ImageExportStream {
  /** Id of the stream. */
  stream: string;
  /** What the archive is. */
  mediaType: string;
  /** The platforms to write. */
  platforms: Platform[];
  /** Whether to write all platforms. */
  allPlatforms: boolean;
  /** Whether to leave out the manifest that old versions of Docker need. */
  skipCompatibilityManifest: boolean;
  /** Whether to leave out layers that may not be distributed. */
  skipNonDistributable: boolean;
}

/** Codec of `containerd.types.transfer.ImageExportStream`. */
export const ImageExportStream: Codec<ImageExportStream> = /* @__PURE__ */ codec<ImageExportStream>({
  typeName: "containerd.types.transfer.ImageExportStream",
  create: (init) => ({
    stream: init.stream ?? "",
    mediaType: init.mediaType ?? "",
    platforms: createList(Platform, init.platforms),
    allPlatforms: init.allPlatforms ?? false,
    skipCompatibilityManifest: init.skipCompatibilityManifest ?? false,
    skipNonDistributable: init.skipNonDistributable ?? false,
  }),
  write(message, writer) {
    if (message.stream) writeString(writer, 10, message.stream);
    if (message.mediaType) writeString(writer, 18, message.mediaType);
    if (message.platforms) for (const item of message.platforms) writeMessage(writer, 26, Platform, item);
    if (message.allPlatforms) writer.uint32(32).bool(message.allPlatforms);
    if (message.skipCompatibilityManifest) writer.uint32(40).bool(message.skipCompatibilityManifest);
    if (message.skipNonDistributable) writer.uint32(48).bool(message.skipNonDistributable);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stream = reader.string();
        break;
      case 18:
        message.mediaType = reader.string();
        break;
      case 26:
        message.platforms.push(readMessage(Platform, reader));
        break;
      case 32:
        message.allPlatforms = reader.bool();
        break;
      case 40:
        message.skipCompatibilityManifest = reader.bool();
        break;
      case 48:
        message.skipNonDistributable = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end in a registry. */
export interface OCIRegistry {
  /** The image, with its registry. */
  reference: string;
  /** How to reach the registry. */
  resolver?: RegistryResolver | undefined;
}

/** Codec of `containerd.types.transfer.OCIRegistry`. */
export const OCIRegistry: Codec<OCIRegistry> = /* @__PURE__ */ codec<OCIRegistry>({
  typeName: "containerd.types.transfer.OCIRegistry",
  create: (init) => ({
    reference: init.reference ?? "",
    resolver: init.resolver && RegistryResolver.create(init.resolver),
  }),
  write(message, writer) {
    if (message.reference) writeString(writer, 10, message.reference);
    if (message.resolver !== undefined) writeMessage(writer, 18, RegistryResolver, message.resolver);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.reference = reader.string();
        break;
      case 18:
        message.resolver = readMessage(RegistryResolver, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How to reach registries. */
export interface RegistryResolver {
  /** Id of a stream on which the server asks for credentials; empty for none. */
  authStream: string;
  /** Headers for every request. */
  headers: Record<string, string>;
  /** A directory with a configuration per registry. */
  hostDir: string;
  /** `http` or `https`, where nothing else decides. */
  defaultScheme: string;
  /** What to log. */
  httpDebug: HTTPDebug | number;
  /** Id of the stream that gets the log. */
  logsStream: string;
}

/** Codec of `containerd.types.transfer.RegistryResolver`. */
export const RegistryResolver: Codec<RegistryResolver> = /* @__PURE__ */ codec<RegistryResolver>({
  typeName: "containerd.types.transfer.RegistryResolver",
  create: (init) => ({
    authStream: init.authStream ?? "",
    headers: copyMap(init.headers),
    hostDir: init.hostDir ?? "",
    defaultScheme: init.defaultScheme ?? "",
    httpDebug: init.httpDebug ?? 0,
    logsStream: init.logsStream ?? "",
  }),
  write(message, writer) {
    if (message.authStream) writeString(writer, 10, message.authStream);
    if (message.headers) writeStringMap(writer, 18, message.headers);
    if (message.hostDir) writeString(writer, 26, message.hostDir);
    if (message.defaultScheme) writeString(writer, 34, message.defaultScheme);
    if (message.httpDebug) writer.uint32(40).int32(message.httpDebug);
    if (message.logsStream) writeString(writer, 50, message.logsStream);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.authStream = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.headers);
        break;
      case 26:
        message.hostDir = reader.string();
        break;
      case 34:
        message.defaultScheme = reader.string();
        break;
      case 40:
        message.httpDebug = reader.int32();
        break;
      case 50:
        message.logsStream = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** From the server: asks for credentials. */
export interface AuthRequest {
  /** The registry. */
  host: string;
  /** The image. */
  reference: string;
  /** What the registry asked for, header by header. */
  wwwauthenticate: string[];
}

/** Codec of `containerd.types.transfer.AuthRequest`. */
export const AuthRequest: Codec<AuthRequest> = /* @__PURE__ */ codec<AuthRequest>({
  typeName: "containerd.types.transfer.AuthRequest",
  create: (init) => ({
    host: init.host ?? "",
    reference: init.reference ?? "",
    wwwauthenticate: copyList(init.wwwauthenticate),
  }),
  write(message, writer) {
    if (message.host) writeString(writer, 10, message.host);
    if (message.reference) writeString(writer, 18, message.reference);
    if (message.wwwauthenticate) for (const item of message.wwwauthenticate) writeString(writer, 26, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.host = reader.string();
        break;
      case 18:
        message.reference = reader.string();
        break;
      case 26:
        message.wwwauthenticate.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** From the client: the credentials. */
export interface AuthResponse {
  /** What `secret` is. */
  authType: AuthType | number;
  /** The password, the token, or the header. */
  secret: string;
  /** The name that goes with a password. */
  username: string;
  /** When it ends to be valid; absent when not known. */
  expireAt?: Timestamp | undefined;
}

/** Codec of `containerd.types.transfer.AuthResponse`. */
export const AuthResponse: Codec<AuthResponse> = /* @__PURE__ */ codec<AuthResponse>({
  typeName: "containerd.types.transfer.AuthResponse",
  create: (init) => ({
    authType: init.authType ?? 0,
    secret: init.secret ?? "",
    username: init.username ?? "",
    expireAt: init.expireAt && Timestamp.create(init.expireAt),
  }),
  write(message, writer) {
    if (message.authType) writer.uint32(8).int32(message.authType);
    if (message.secret) writeString(writer, 18, message.secret);
    if (message.username) writeString(writer, 26, message.username);
    if (message.expireAt !== undefined) writeMessage(writer, 34, Timestamp, message.expireAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.authType = reader.int32();
        break;
      case 18:
        message.secret = reader.string();
        break;
      case 26:
        message.username = reader.string();
        break;
      case 34:
        message.expireAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
