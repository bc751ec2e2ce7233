import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { containersApi } from "../../../../manager/api/containers.ts";
import { imagesApi } from "../../../../manager/api/images.ts";
import { leasesApi } from "../../../../manager/api/leases.ts";
import { namespacesApi } from "../../../../manager/api/namespaces.ts";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Containers } from "../../../../proto/gen/containers.ts";
import { Images } from "../../../../proto/gen/images.ts";
import { Leases } from "../../../../proto/gen/leases.ts";
import { Namespaces } from "../../../../proto/gen/namespaces.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();
const namespace = "default";
const digest = `sha256:${"0".repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 7n };

/** The four services of records on a new database, and what the collector was asked. */
async function withServices(
  body: (client: GrpcWorld["client"], collections: () => number) => Promise<void>,
): Promise<void> {
  using metadata = Metadata.open(join(suite.dir, `${suite.newId()}.db`), {
    events: { publish: () => undefined },
  });
  let collections = 0;
  const collect = async () => {
    collections += 1;
  };
  const services = [
    namespacesApi(metadata.namespaces),
    containersApi(metadata.containers),
    leasesApi(metadata.leases, collect),
    imagesApi(metadata.images, collect),
  ];
  await using world = await GrpcWorld.of(suite, services);
  await body(world.client, () => collections);
}

function hasCode(code: Code): (error: HawserError) => boolean {
  return (error) => {
    assert.equal(error.code, code, error.message);
    return error instanceof HawserError;
  };
}

test("a request without its record is InvalidArgument, and says which", async () => {
  await withServices(async (client) => {
    const options = { namespace };
    const calls: [Promise<unknown>, RegExp][] = [
      [client.call(Namespaces, "create", {}), /create namespace: the request has no namespace/],
      [client.call(Namespaces, "update", {}), /no namespace/],
      [client.call(Containers, "create", {}, options), /create container: the request has no container/],
      [client.call(Containers, "update", {}, options), /no container/],
      [client.call(Images, "create", {}, options), /create image: the request has no image/],
      [client.call(Images, "update", {}, options), /no image/],
      [client.call(Leases, "addResource", { id: "l" }, options), /no resource/],
      [client.call(Leases, "deleteResource", { id: "l" }, options), /no resource/],
    ];
    for (const [call, message] of calls) {
      await assert.rejects(call, (error: HawserError) => {
        assert.match(error.message, message);
        return hasCode(Code.InvalidArgument)(error);
      });
    }
  });
});

test("a namespace that is not there has no labels, and is no error: clients ask for its defaults", async () => {
  await withServices(async (client) => {
    const { namespace: none } = await client.call(Namespaces, "get", { name: "none" });
    assert.equal(none?.name, "none");
    assert.deepEqual(Object.keys(none.labels), []);
    assert.deepEqual((await client.call(Namespaces, "list", {})).namespaces, []);
    await assert.rejects(client.call(Namespaces, "get", { name: "a/b" }), hasCode(Code.InvalidArgument));
  });
});

test("a namespace is made, labelled, listed and removed when it is empty", async () => {
  await withServices(async (client) => {
    await client.call(Namespaces, "create", { namespace: { name: "a", labels: { x: "1", y: "2" } } });
    const updated = await client.call(Namespaces, "update", {
      namespace: { name: "a", labels: { x: "3" } },
      updateMask: { paths: ["labels.x"] },
    });
    assert.deepEqual({ ...updated.namespace?.labels }, { x: "3", y: "2" });
    const list = async (filter: string) =>
      (await client.call(Namespaces, "list", { filter })).namespaces.map(({ name }) => name);
    assert.deepEqual([await list(""), await list("labels.x==3"), await list("name==b")], [["a"], ["a"], []]);
    await client.call(Leases, "create", { id: "l" }, { namespace: "a" });
    await assert.rejects(client.call(Namespaces, "delete", { name: "a" }), hasCode(Code.FailedPrecondition));
    await client.call(Leases, "delete", { id: "l" }, { namespace: "a" });
    await client.call(Namespaces, "delete", { name: "a" });
    await assert.rejects(client.call(Namespaces, "delete", { name: "a" }), hasCode(Code.NotFound));
  });
});

test("containers are listed at once and as a stream, in their namespace only", async () => {
  await withServices(async (client) => {
    const spec = {
      typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
      value: Buffer.from("{}"),
    };
    for (const id of ["b", "a"]) {
      const container = { id, runtime: { name: "io.containerd.hawser.v2" }, spec, labels: { id } };
      const created = await client.call(Containers, "create", { container }, { namespace });
      assert.ok(created.container?.createdAt);
    }
    const filters = ["labels.id==a"];
    const streamed: string[] = [];
    for await (const { container } of client.stream(Containers, "listStream", {}, { namespace }))
      streamed.push(container?.id ?? "");
    const { containers } = await client.call(Containers, "list", {}, { namespace });
    assert.deepEqual(new Set(containers.map(({ id }) => id)), new Set(["a", "b"]));
    assert.deepEqual(new Set(streamed), new Set(["a", "b"]));
    const some = await client.call(Containers, "list", { filters }, { namespace });
    assert.deepEqual(
      some.containers.map(({ id }) => id),
      ["a"],
    );
    const others = await client.call(Containers, "list", {}, { namespace: "other" });
    assert.deepEqual(others.containers, []);

    const container = { id: "a", labels: { new: "yes" } };
    const request = { container, updateMask: { paths: ["labels.new"] } };
    const updated = await client.call(Containers, "update", request, { namespace });
    assert.deepEqual({ ...updated.container?.labels }, { id: "a", new: "yes" });
    await client.call(Containers, "delete", { id: "a" }, { namespace });
    await assert.rejects(client.call(Containers, "get", { id: "a" }, { namespace }), hasCode(Code.NotFound));
  });
});

test("sync waits for the garbage collector, and only sync does", async () => {
  await withServices(async (client, collections) => {
    const options = { namespace };
    for (const [sync, count] of [
      [false, 0],
      [true, 2],
    ] as const) {
      await client.call(Images, "create", { image: { name: "i", target } }, options);
      await client.call(Images, "delete", { name: "i", sync }, options);
      await client.call(Leases, "create", { id: "l" }, options);
      await client.call(Leases, "delete", { id: "l", sync }, options);
      assert.equal(collections(), count);
    }
    // What was not deleted needs no collection.
    await assert.rejects(
      client.call(Images, "delete", { name: "i", sync: true }, options),
      hasCode(Code.NotFound),
    );
    assert.equal(collections(), 2);
  });
});

test("an image keeps the time that its builder names, and goes only with the target that was meant", async () => {
  await withServices(async (client) => {
    const options = { namespace };
    const epoch = { seconds: 1_000_000_000n, nanos: 0 };
    const { image } = await client.call(
      Images,
      "create",
      { image: { name: "i", target }, sourceDateEpoch: epoch },
      options,
    );
    assert.deepEqual([image?.createdAt, image?.updatedAt], [epoch, epoch]);
    const later = { seconds: 1_000_000_001n, nanos: 0 };
    const request = { image: { name: "i", target, labels: { a: "b" } }, sourceDateEpoch: later };
    const updated = await client.call(Images, "update", request, options);
    assert.deepEqual([updated.image?.createdAt, updated.image?.updatedAt], [epoch, later]);
    const other = { ...target, digest: `sha256:${"1".repeat(64)}` };
    await assert.rejects(
      client.call(Images, "delete", { name: "i", target: other }, options),
      hasCode(Code.NotFound),
    );
    await client.call(Images, "delete", { name: "i", target }, options);
    assert.deepEqual((await client.call(Images, "list", {}, options)).images, []);
  });
});

test("a lease that a call names has to exist", async () => {
  await withServices(async (client) => {
    const create = (lease: string) =>
      client.call(Images, "create", { image: { name: "i", target } }, { namespace, lease });
    await assert.rejects(create("none"), hasCode(Code.NotFound));
    await client.call(Leases, "create", { id: "l", labels: { a: "b" } }, { namespace });
    await create("l");
    const resource = { type: "content", id: digest };
    await client.call(Leases, "addResource", { id: "l", resource }, { namespace });
    const { resources } = await client.call(Leases, "listResources", { id: "l" }, { namespace });
    assert.ok(resources.some(({ type, id }) => type === "content" && id === digest));
    await client.call(Leases, "deleteResource", { id: "l", resource }, { namespace });
    const { leases } = await client.call(Leases, "list", { filters: ["labels.a==b"] }, { namespace });
    assert.deepEqual(
      leases.map(({ id }) => id),
      ["l"],
    );
  });
});
