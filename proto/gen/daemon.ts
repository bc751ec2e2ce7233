// Generated from proto/hawser/daemon.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What a hawserd says of itself, for clients on its own machine.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** Asks for it. */
export interface DaemonInfoRequest {}

/** Codec of `hawser.v1.DaemonInfoRequest`. */
export const DaemonInfoRequest: Codec<DaemonInfoRequest> = /* @__PURE__ */ codec<DaemonInfoRequest>({
  typeName: "hawser.v1.DaemonInfoRequest",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** A manager. */
export interface DaemonInfoResponse {
  /** Its version. */
  version: string;
  /** Its process id. */
  pid: number;
  /** When this process began to serve. */
  startedAt?: Timestamp | undefined;
  /** Absolute; what survives a reboot. */
  rootDir: string;
  /** Absolute; what does not. */
  stateDir: string;
  /** Socket of the API. */
  address: string;
  /** The same for the whole life of root_dir. */
  uuid: string;
  /** The configuration file that was read; empty for none. */
  configFile: string;
  /** The snapshotter that is taken when nobody names one. */
  defaultSnapshotter: string;
}

/** Codec of `hawser.v1.DaemonInfoResponse`. */
export const DaemonInfoResponse: Codec<DaemonInfoResponse> = /* @__PURE__ */ codec<DaemonInfoResponse>({
  typeName: "hawser.v1.DaemonInfoResponse",
  create: (init) => ({
    version: init.version ?? "",
    pid: init.pid ?? 0,
    startedAt: init.startedAt && Timestamp.create(init.startedAt),
    rootDir: init.rootDir ?? "",
    stateDir: init.stateDir ?? "",
    address: init.address ?? "",
    uuid: init.uuid ?? "",
    configFile: init.configFile ?? "",
    defaultSnapshotter: init.defaultSnapshotter ?? "",
  }),
  write(message, writer) {
    if (message.version) writeString(writer, 10, message.version);
    if (message.pid) writer.uint32(16).uint32(message.pid);
    if (message.startedAt !== undefined) writeMessage(writer, 26, Timestamp, message.startedAt);
    if (message.rootDir) writeString(writer, 34, message.rootDir);
    if (message.stateDir) writeString(writer, 42, message.stateDir);
    if (message.address) writeString(writer, 50, message.address);
    if (message.uuid) writeString(writer, 58, message.uuid);
    if (message.configFile) writeString(writer, 66, message.configFile);
    if (message.defaultSnapshotter) writeString(writer, 74, message.defaultSnapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.version = reader.string();
        break;
      case 16:
        message.pid = reader.uint32();
        break;
      case 26:
        message.startedAt = readMessage(Timestamp, reader);
        break;
      case 34:
        message.rootDir = reader.string();
        break;
      case 42:
        message.stateDir = reader.string();
        break;
      case 50:
        message.address = reader.string();
        break;
      case 58:
        message.uuid = reader.string();
        break;
      case 66:
        message.configFile = reader.string();
        break;
      case 74:
        message.defaultSnapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The manager as a whole. */
export const Daemon = {
  name: "hawser.v1.Daemon",
  methods: {
    /** Where it is and since when. Needs no namespace. */
    info: {
      name: "Info",
      kind: "unary",
      request: DaemonInfoRequest,
      response: DaemonInfoResponse,
    },
  },
} as const satisfies ServiceDefinition;
