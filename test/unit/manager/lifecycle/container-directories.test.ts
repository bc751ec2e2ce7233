import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Layout } from "../../../../manager/layout.ts";
import {
  ContainerDirectories,
  IN_THE_MAKING_MS,
} from "../../../../manager/lifecycle/container-directories.ts";
import { NO_LOG } from "../../../support/no-log.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

/** A root directory with the directories of containers in it. */
class World implements Disposable {
  readonly #dir = temporaryDir();
  readonly layout = new Layout({ root: this.#dir.path, state: "/nowhere", address: "/nowhere/sock" });

  make(id: string): string {
    const dir = this.layout.containerDir("n", id);
    mkdirSync(join(dir, "log"), { recursive: true });
    writeFileSync(join(dir, "log/0"), "bytes");
    return dir;
  }

  names(): string[] {
    return readdirSync(join(this.layout.containersDir, "n")).sort();
  }

  [Symbol.dispose](): void {
    this.#dir[Symbol.dispose]();
  }
}

test("a directory is gone from its name at once, and from the disk soon", async () => {
  using world = new World();
  const dir = world.make("a");
  world.make("b");
  {
    await using directories = new ContainerDirectories(world.layout, NO_LOG);
    directories.remove("n", "a");
    assert.ok(!existsSync(dir), "the next container of this id finds none");
    directories.remove("n", "a");
    directories.remove("other", "a");
  }
  assert.deepEqual(world.names(), ["b"]);
});

test("what a manager of the same pid was removing when it died is in nobody's way", async () => {
  using world = new World();
  world.make(`.a.${process.pid}.0.removed`);
  const dir = world.make("a");
  {
    await using directories = new ContainerDirectories(world.layout, NO_LOG);
    directories.remove("n", "a");
    assert.ok(!existsSync(dir));
  }
});

test("the start removes what no record names and what was being removed, and nothing that is young", async () => {
  using world = new World();
  for (const id of ["known", "lost", "young", ".gone.1.2.removed"]) world.make(id);
  const old = (Date.now() - IN_THE_MAKING_MS - 1_000) / 1000;
  for (const id of ["known", "lost"]) utimesSync(world.layout.containerDir("n", id), old, old);
  {
    await using directories = new ContainerDirectories(world.layout, NO_LOG);
    directories.sweep((namespace, id) => namespace === "n" && id === "known");
  }
  assert.deepEqual(world.names(), ["known", "young"]);
});

test("where there are no directories there is nothing to sweep", async () => {
  using world = new World();
  await using directories = new ContainerDirectories(world.layout, NO_LOG);
  directories.sweep(() => false);
});
