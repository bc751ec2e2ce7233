// What a shim's `start` prints, in each of the three forms that are in use: a protobuf BootstrapResult (containerd
// 2.3 and newer), JSON (1.7 and newer), or the bare address. Pure; tells them apart as containerd does, in this order.
import { Code, HawserError } from "../../proto/errors.ts";
import { BootstrapResult } from "../../proto/gen/bootstrap.ts";

/** Where a shim listens and what it speaks there. */
export interface Endpoint {
  /** 2 or 3: the version of the task service that is tried first. */
  readonly version: number;
  /** `unix:///run/…`. */
  readonly address: string;
  readonly protocol: "ttrpc";
}

/** More than this is no reply: it is a shim that talks. Bytes. */
const MAX_REPLY_BYTES = 64 * 1024;

/** Reads a reply. Throws InvalidArgument that quotes what was printed when it is none of the three. */
export function parseShimReply(output: Uint8Array): Endpoint {
  const text = Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString("utf8").trim();
  if (output.length === 0) throw invalid("the shim printed nothing");
  if (output.length > MAX_REPLY_BYTES) throw invalid(`the shim printed ${output.length} bytes`);
  return fromProtobuf(output) ?? fromJson(text) ?? fromText(text);
}

function fromProtobuf(output: Uint8Array): Endpoint | undefined {
  let result: BootstrapResult;
  try {
    result = BootstrapResult.decode(output);
  } catch {
    return undefined;
  }
  // Text can happen to be valid protobuf with nothing in it that we know.
  if (result.address === "" || result.version === 0) return undefined;
  return checked(result.version, result.address, result.protocol);
}

function fromJson(text: string): Endpoint | undefined {
  if (!text.startsWith("{")) return undefined;
  let parsed: { version?: unknown; address?: unknown; protocol?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return checked(Number(parsed.version), String(parsed.address ?? ""), String(parsed.protocol ?? ""));
}

function fromText(text: string): Endpoint {
  if (!/^(unix:\/\/)?[^\s]+$/.test(text)) throw invalid(`the shim printed "${text.slice(0, 400)}"`);
  return checked(2, text, "ttrpc");
}

function checked(version: number, address: string, protocol: string): Endpoint {
  if (version !== 2 && version !== 3) throw invalid(`version ${version} of the shim protocol is not known`);
  if (protocol !== "ttrpc") throw invalid(`the shim speaks "${protocol}", expected ttrpc`);
  if (!address.startsWith("unix://")) throw invalid(`the shim's address is "${address}", expected unix://…`);
  return { version, address, protocol };
}

function invalid(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `read shim reply: ${reason}`);
}
