import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isInvalidArgument } from "../../../proto/errors.ts";
import { formatAddress, MAX_SOCKET_PATH_BYTES, parseAddress, socketPath } from "../../../ttrpc/address.ts";

const path = (bytes: number): string => `/${"p".repeat(bytes - 1)}`;

describe("parseAddress()", () => {
  const rows = [
    {
      text: "unix:///run/x.sock",
      kind: "path",
      name: "/run/x.sock",
      reason: "the form that travels",
      full: "unix:///run/x.sock",
    },
    {
      text: "/run/x.sock",
      kind: "path",
      name: "/run/x.sock",
      reason: "what old shims print",
      full: "unix:///run/x.sock",
    },
    {
      text: "unix://@name",
      kind: "abstract",
      name: "name",
      reason: "an @ is a zero byte",
      full: "unix://@name",
    },
    {
      text: "@name",
      kind: "abstract",
      name: "name",
      reason: "the same without its scheme",
      full: "unix://@name",
    },
    {
      text: "@/a/b",
      kind: "abstract",
      name: "/a/b",
      reason: "an abstract name may look like a path",
      full: "unix://@/a/b",
    },
    {
      text: path(MAX_SOCKET_PATH_BYTES),
      kind: "path",
      name: path(MAX_SOCKET_PATH_BYTES),
      reason: "107 bytes and a zero fill sun_path",
      full: `unix://${path(MAX_SOCKET_PATH_BYTES)}`,
    },
  ] as const;
  for (const { text, kind, name, reason, full } of rows) {
    test(`reads "${text.slice(0, 40)}": ${reason}`, () => {
      const address = parseAddress(text);
      assert.deepEqual(address, { kind, name });
      assert.equal(formatAddress(address), full);
      assert.deepEqual(parseAddress(full), address);
      assert.equal(socketPath(address), kind === "abstract" ? `\0${name}` : name);
    });
  }

  const refused = [
    { text: "", reason: "it names nothing" },
    { text: "unix://", reason: "it names nothing" },
    { text: "@", reason: "an abstract name of no bytes means autobind" },
    { text: "run/x.sock", reason: "a relative path depends on who reads it" },
    { text: "unix://run/x.sock", reason: "a relative path behind a scheme" },
    { text: "tcp://127.0.0.1:1", reason: "only unix sockets" },
    { text: "vsock://1:2", reason: "only unix sockets" },
    { text: "/run/\0x", reason: "the kernel would cut the path there" },
    { text: path(MAX_SOCKET_PATH_BYTES + 1), reason: "it does not fit into sun_path" },
    { text: `@${"é".repeat(54)}`, reason: "bytes count, not characters" },
  ];
  for (const { text, reason } of refused) {
    test(`refuses ${JSON.stringify(text.slice(0, 30))} with InvalidArgument: ${reason}`, () => {
      assert.throws(() => parseAddress(text), isInvalidArgument);
    });
  }
});
