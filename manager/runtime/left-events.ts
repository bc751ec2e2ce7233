// What a dead shim had still to say: the events in its queue (proto/event-record.ts) that nobody has acknowledged, oldest
// first, each under the name that the shim would have sent it by. An event that we took without the shim hearing of it is
// among them, and is known by that name.
// Reads only. What is no whole record ends the file, as it does for the shim.
import { readFileSync } from "node:fs";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import {
  beginsLikeAQueue,
  HEADER_BYTES,
  RECORD_HEADER_BYTES,
  readHeader,
  readRecord,
  VERSION,
} from "../../proto/event-record.ts";
import { Envelope } from "../../proto/gen/envelope.ts";
import type { EventId } from "../events/taken-names.ts";

/** An event and its name. */
export interface LeftEvent {
  readonly id: EventId;
  readonly envelope: Envelope;
}

/** The events that the shim of this bundle left; none where it had no queue. */
export function readLeftEvents(bundleDir: string): LeftEvent[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(bundleFile(bundleDir, BundleFile.events));
  } catch {
    return [];
  }
  return parseLeftEvents(bytes);
}

/** Reads the bytes of a queue's file; exported for its test. */
export function parseLeftEvents(bytes: Buffer): LeftEvent[] {
  if (!beginsLikeAQueue(bytes) || bytes.length < HEADER_BYTES || bytes.readUInt32LE(4) !== VERSION) return [];
  const header = readHeader(bytes);
  if (header === undefined) return [];
  const found: LeftEvent[] = [];
  for (let at = HEADER_BYTES; ; ) {
    const record = readRecord(bytes, at);
    if (record === undefined) return found;
    at += RECORD_HEADER_BYTES + record.payload.length;
    if (record.sequence <= header.acknowledged) continue;
    const envelope = decode(record.payload);
    if (envelope !== undefined) found.push({ id: { queue: header.id, sequence: record.sequence }, envelope });
  }
}

function decode(payload: Uint8Array): Envelope | undefined {
  try {
    return Envelope.decode(payload);
  } catch {
    return undefined;
  }
}
