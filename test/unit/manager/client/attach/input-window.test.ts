// Input under way: how much there may be, and what is sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InputWindow } from "../../../../../manager/client/attach/input-window.ts";
import { ATTACH_INPUT_WINDOW_BYTES } from "../../../../../proto/attach-frame.ts";

const held = (window: InputWindow) => Buffer.concat(window.pieces).toString();

test("what was taken is not held, in whatever pieces that is told", () => {
  const window = new InputWindow();
  window.add(Buffer.from("abc"));
  window.add(Buffer.from("def"));
  window.taken(2n);
  assert.equal(held(window), "cdef");
  window.taken(5n);
  assert.equal(held(window), "f");
  // Told again, and told too much: a peer is not believed more than there was.
  window.taken(1n);
  assert.equal(held(window), "f");
  window.taken(100n);
  assert.equal(window.heldBytes, 0);
  window.add(Buffer.from("g"));
  window.taken(7n);
  assert.equal(window.heldBytes, 0);
});

test("there is room for a window and no more, and whoever waits for it is woken", async () => {
  const window = new InputWindow();
  const much = Buffer.alloc(2 * ATTACH_INPUT_WINDOW_BYTES);
  assert.equal(window.add(much).length, ATTACH_INPUT_WINDOW_BYTES);
  assert.equal(window.roomBytes, 0);
  const room = window.room();
  window.taken(10n);
  await room;
  assert.equal(window.add(much).length, 10);
});

test("the bytes are copied: their owner may use the buffer again", () => {
  const window = new InputWindow();
  const bytes = Buffer.from("abc");
  window.add(bytes);
  bytes.fill("x");
  assert.equal(held(window), "abc");
});

test("another session gets what was not under way when the connection was lost, counted from 0", () => {
  const window = new InputWindow();
  window.add(Buffer.from("known "));
  window.taken(6n);
  window.add(Buffer.from("doubtful "));
  window.lose();
  window.add(Buffer.from("new"));
  assert.equal(window.forget(), 9);
  assert.equal(held(window), "new");
  window.taken(2n);
  assert.equal(held(window), "w");
  window.lose();
  assert.equal(window.forget(), 1);
  assert.equal(window.forget(), 0);
});
