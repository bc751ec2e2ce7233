import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { healthApi } from "../../../../manager/api/health.ts";
import { introspectionApi } from "../../../../manager/api/introspection.ts";
import { listPlugins } from "../../../../manager/api/plugins.ts";
import { versionApi } from "../../../../manager/api/version.ts";
import { loadServerUuid } from "../../../../manager/server-uuid.ts";
import { pack, unpack } from "../../../../proto/any.ts";
import type { Init } from "../../../../proto/codec.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Health } from "../../../../proto/gen/health.ts";
import { Introspection } from "../../../../proto/gen/introspection.ts";
import type { Platform } from "../../../../proto/gen/platform.ts";
import { RuntimeInfo, RuntimeRequest } from "../../../../proto/gen/runtime.ts";
import { Version } from "../../../../proto/gen/version.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

const plugins = listPlugins({
  snapshotters: [
    { name: "overlayfs", root: "/r/overlayfs", capabilities: ["rebase"] },
    { name: "native", root: "/r/native", capabilities: [] },
  ],
  platform: { os: "linux", architecture: "arm64", variant: "v8" },
  services: [
    "containerd.services.content.v1.Content",
    "containerd.services.transfer.v1.Transfer",
    "hawser.v1.Shims",
  ],
});

const introspection = introspectionApi({
  uuid: "3f0f1b8e-0000-4000-8000-000000000000",
  plugins,
  askRuntime: async ({ runtimePath }) => {
    if (runtimePath === "missing") throw new HawserError(Code.NotFound, "there is none");
    return RuntimeInfo.create({ name: runtimePath });
  },
});

test("plugins are found by the filters that clients send", async () => {
  await using world = await GrpcWorld.of(suite, [introspection]);
  const cases: [string[], string[]][] = [
    [["type==io.containerd.snapshotter.v1,id==overlayfs"], ["overlayfs"]],
    [["type==io.containerd.snapshotter.v1"], ["native", "overlayfs"]],
    [["type==io.containerd.snapshotter.v1,capabilities~=rebase"], ["overlayfs"]],
    [
      ["type==io.containerd.runtime.v2", "type==io.containerd.gc.v1"],
      ["scheduler", "task"],
    ],
    [["type==io.containerd.grpc.v1"], ["content", "transfer"]],
    [["platforms==linux/arm64/v8,type==io.containerd.differ.v1"], ["walking"]],
    [["id==aufs"], []],
  ];
  for (const [filters, ids] of cases) {
    const found = await world.client.call(Introspection, "plugins", { filters });
    assert.deepEqual(
      found.plugins.map(({ id }) => id),
      ids,
      filters.join(" or "),
    );
  }
  const all = await world.client.call(Introspection, "plugins", {});
  assert.deepEqual(all.plugins, plugins);
  await assert.rejects(
    world.client.call(Introspection, "plugins", { filters: ["type=="] }),
    (error: HawserError) => error.code === Code.InvalidArgument,
  );
});

test("a snapshotter has its directory and the platform: containerd's client unpacks for no other", () => {
  const overlay = plugins.find(({ id }) => id === "overlayfs");
  assert.deepEqual(
    [
      overlay?.exports["root"],
      overlay?.platforms.map(({ architecture }) => architecture),
      overlay?.capabilities,
    ],
    ["/r/overlayfs", ["arm64"], ["rebase"]],
  );
});

test("a platform is written as Go writes its own", () => {
  const cases: [Init<Platform>, string][] = [
    [{ os: "linux", architecture: "amd64", variant: "v1" }, ""],
    [{ os: "linux", architecture: "amd64", variant: "v3" }, "v3"],
    [{ os: "linux", architecture: "arm64", variant: "v8" }, "v8"],
  ];
  for (const [platform, variant] of cases) {
    const [plugin] = listPlugins({ snapshotters: [], platform, services: [] }).filter(
      ({ id }) => id === "walking",
    );
    assert.equal(plugin?.platforms[0]?.variant, variant);
  }
});

test("Server tells the uuid, our pid and the namespace that it counts in", async () => {
  await using world = await GrpcWorld.of(suite, [introspection]);
  const server = await world.client.call(Introspection, "server", {});
  assert.equal(server.uuid, "3f0f1b8e-0000-4000-8000-000000000000");
  assert.equal(server.pid, BigInt(process.pid));
  assert.ok(server.pidns > 0n);
});

test("PluginInfo asks a runtime, and says what is wrong with it", async () => {
  await using world = await GrpcWorld.of(suite, [introspection]);
  const ask = (type: string, id: string, runtimePath?: string) =>
    world.client.call(Introspection, "pluginInfo", {
      type,
      id,
      options: runtimePath === undefined ? undefined : pack(RuntimeRequest, { runtimePath }),
    });
  const { plugin, extra } = await ask("io.containerd.runtime.v2", "task", "io.containerd.hawser.v2");
  assert.equal(plugin?.id, "task");
  assert.ok(extra);
  assert.equal(unpack(extra, RuntimeInfo).name, "io.containerd.hawser.v2");
  assert.equal((await ask("io.containerd.runtime.v2", "task")).extra, undefined);
  assert.equal((await ask("io.containerd.gc.v1", "scheduler", "x")).extra, undefined);
  for (const call of [ask("io.containerd.runtime.v2", "task", "missing"), ask("io.containerd.x", "y")])
    await assert.rejects(call, (error: HawserError) => error.code === Code.NotFound);
});

test("health is told for the server, for each service, and for none else", async () => {
  await using world = await GrpcWorld.of(suite, [versionApi(), healthApi([versionApi()])]);
  for (const service of ["", Version.name, Health.name])
    assert.equal((await world.client.call(Health, "check", { service })).status, 1);
  await assert.rejects(
    world.client.call(Health, "check", { service: "no.Such" }),
    (error: HawserError) => error.code === Code.NotFound,
  );
  for (const [service, status] of [
    ["", 1],
    ["no.Such", 3],
  ] as const) {
    const watch = world.client.stream(Health, "watch", { service });
    for await (const answer of watch) {
      assert.equal(answer.status, status);
      break;
    }
    watch.cancel();
  }
  assert.match((await world.client.call(Version, "version", {})).version, /./);
});

test("the uuid of a root directory stays, and a broken one is replaced", () => {
  const uuid = loadServerUuid(suite.dir);
  assert.match(uuid, /^[0-9a-f-]{36}$/);
  assert.equal(loadServerUuid(suite.dir), uuid);
  writeFileSync(join(suite.dir, "uuid"), "");
  const other = loadServerUuid(suite.dir);
  assert.notEqual(other, uuid);
  assert.equal(readFileSync(join(suite.dir, "uuid"), "utf8"), `${other}\n`);
});
