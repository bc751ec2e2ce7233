import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type EtcCircumstances,
  etcFiles,
  etcMounts,
  writeEtcFiles,
} from "../../../../manager/oci/etc-files.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

const about: EtcCircumstances = {
  hostname: "box",
  hasHostNetwork: false,
  hostHosts: "127.0.0.1 localhost\n10.0.0.1 host",
  hostResolvConf:
    "# generated\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n\nnameserver ::1\nsearch lan\noptions edns0\n",
};

test("with a network of its own a container has itself and localhost, and no loopback name servers", () => {
  const files = etcFiles(about);
  assert.match(files.hosts, /^127\.0\.0\.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n/);
  assert.match(files.hosts, /\n127\.0\.1\.1\tbox\n$/);
  assert.equal(files.hosts.includes("10.0.0.1"), false);
  assert.equal(files.hostname, "box\n");
  assert.equal(files.resolvConf, "nameserver 10.0.0.2\nsearch lan\noptions edns0\n");
});

test("on the host's network it has the host's files", () => {
  const files = etcFiles({ ...about, hasHostNetwork: true });
  assert.equal(files.hosts, "127.0.0.1 localhost\n10.0.0.1 host\n");
  assert.match(files.resolvConf, /^nameserver 127\.0\.0\.53\n/);
});

test("what was asked for takes the place of the host's, and more hosts are added", () => {
  const files = etcFiles({
    ...about,
    extraHosts: [{ name: "db", address: "10.1.1.1" }],
    nameservers: ["9.9.9.9"],
    searchDomains: ["example.org", "b"],
    resolverOptions: ["ndots:2"],
  });
  assert.match(files.hosts, /10\.1\.1\.1\tdb\n$/);
  assert.equal(files.resolvConf, "search example.org b\nnameserver 9.9.9.9\noptions ndots:2\n");
  assert.equal(etcFiles({ ...about, searchDomains: ["."] }).resolvConf.includes("search"), false);
});

test("the files are readable for everybody, whatever our umask, and mounted where they belong", () => {
  const dir = join(suite.dir, "etc");
  const umask = process.umask(0o077);
  try {
    writeEtcFiles(dir, etcFiles(about));
  } finally {
    process.umask(umask);
  }
  for (const { source, destination } of etcMounts(dir)) {
    assert.equal(statSync(source).mode & 0o777, 0o644);
    assert.match(destination, /^\/etc\//);
  }
  assert.equal(readFileSync(join(dir, "hostname"), "utf8"), "box\n");
});
