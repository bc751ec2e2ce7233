// What the tests of metadata share: all stores on a database of the test's own, a clock that stands still until it is told to
// move, and the events in the order in which they were published.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EventPublisher } from "../../../../manager/events/publisher.ts";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import type { Codec, Init } from "../../../../proto/codec.ts";
import { type Code, codeName, HawserError } from "../../../../proto/errors.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import { Image } from "../../../../proto/gen/images.ts";
import { topicOf } from "../../../../proto/topics.ts";
import type { Suite } from "../../../support/suite.ts";

/** Remembers events as `<namespace> <topic> <the event as JSON>`. */
export class EventRecorder implements EventPublisher {
  #told: string[] = [];

  publish<T>(namespace: string, codec: Codec<T>, event: Init<T>): void {
    // Only what encodes and decodes is an event; empty fields say nothing.
    const fields = Object.entries(codec.decode(codec.encode(event)) as object).filter(
      ([, value]) => value !== undefined && value !== "" && JSON.stringify(value, toText) !== "{}",
    );
    this.#told.push(`${namespace} ${topicOf(codec)} ${JSON.stringify(Object.fromEntries(fields), toText)}`);
  }

  /** What was told since the last call. */
  take(): string[] {
    return this.#told.splice(0);
  }
}

const toText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** Metadata with their clock and their events. */
export class World implements Disposable {
  readonly events = new EventRecorder();
  readonly path: string;
  readonly metadata: Metadata;
  now = new Date("2026-01-02T03:04:05.678Z");

  constructor(suite: Suite) {
    this.path = join(suite.dir, `${suite.newId()}.db`);
    this.metadata = Metadata.open(this.path, { events: this.events, now: () => this.now });
  }

  /** Lets time pass. */
  pass(seconds: number): Date {
    this.now = new Date(this.now.getTime() + seconds * 1000);
    return this.now;
  }

  [Symbol.dispose](): void {
    this.metadata[Symbol.dispose]();
  }
}

/** A digest that belongs to a word. */
export const digestFor = (word: string): string =>
  `sha256:${createHash("sha256").update(word).digest("hex")}`;

/** A container that may be created. */
export const container = (id: string, more: Init<Container> = {}): Container =>
  Container.create({
    id,
    runtime: { name: "io.containerd.hawser.v2" },
    spec: { typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec", value: Buffer.from("{}") },
    ...more,
  });

/** An image that may be created; its target belongs to `word`. */
export const image = (name: string, word: string, more: Init<Image> = {}): Image =>
  Image.create({
    name,
    target: { mediaType: "application/vnd.oci.image.index.v1+json", digest: digestFor(word), size: 7n },
    ...more,
  });

/** Asserts that `body` throws a HawserError with this code whose message has these parts. */
export function assertRefused(body: () => unknown, code: Code, ...parts: string[]): void {
  assert.throws(body, (error) => {
    assert.ok(error instanceof HawserError, String(error));
    assert.equal(codeName(error.code), codeName(code), error.message);
    for (const part of parts) assert.ok(error.message.includes(part), error.message);
    return true;
  });
}

/** The same value with ordinary objects where messages have maps without a prototype, and bytes as text. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** assert.deepEqual() of plain values. */
export function assertSame(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(plain(actual), plain(expected), message);
}
