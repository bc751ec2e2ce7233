// `hawser cp`: files between a container and this machine, or as a tar archive through a pipe. The container may run or not.
import { isatty } from "node:tty";
import { Code, HawserError } from "../../../proto/errors.ts";
import { openContainerPlace } from "../../copy/container-place.ts";
import { type CopyPath, parseCopyPath } from "../../copy/copy-path.ts";
import { type FoundPath, nameOf, planCopy } from "../../copy/copy-plan.ts";
import { copyBetween, lookAt, packTo, type TreePlace, unpackFrom } from "../../copy/tree-process.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";

export const examples: readonly Example[] = [
  ["cp web:/etc/hosts .", "a file out of a container"],
  ["cp site/. web:/srv/www", "what is in a directory into a container"],
  ["cp web:/var/log - | tar tv", "a directory as a tar archive"],
];

interface Flags {
  readonly archive?: true;
  readonly followLink?: true;
  readonly quiet?: true;
}

const STDIN = 0;
const STDOUT = 1;
const HOST: TreePlace = { kind: "host" };

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Copy files between a container and this machine. One side is CONTAINER:PATH; the other is a path, or - for a tar archive on standard input or output. A source that ends in /. is what is in the directory.",
    )
    .argument("<source>", "CONTAINER:PATH, a path, or -")
    .argument("<destination>", "CONTAINER:PATH, a path, or -")
    .option("-a, --archive", "keep owners; otherwise root owns what goes in, and you what comes out")
    .option("-L, --follow-link", "copy what a link points to, not the link")
    .option("-q, --quiet", "accepted for docker's sake: nothing is printed")
    .action(async (source: string, destination: string, flags: Flags) => {
      await copy(cli, parseCopyPath(source), parseCopyPath(destination), flags);
    });
};

async function copy(cli: Cli, from: CopyPath, to: CopyPath, flags: Flags): Promise<void> {
  const sides = [from.kind, to.kind].filter((kind) => kind === "container");
  if (sides.length === 0) throw refusal("neither side is a container; write CONTAINER:PATH for one of them");
  if (sides.length === 2)
    throw refusal("both sides are containers; copy out of one first, then into the other");
  if (from.kind === "container") await copyOut(cli, from, to, flags);
  else if (to.kind === "container") await copyIn(cli, from, to, flags);
}

async function copyOut(
  cli: Cli,
  from: CopyPath & { kind: "container" },
  to: CopyPath,
  { archive, followLink }: Flags,
): Promise<void> {
  const { signal } = cli;
  const container = await cli.container(from.container);
  using opened = await openContainerPlace(await cli.client(), container, { signal });
  const { place } = opened;
  const followsLink = followLink === true || /\/\.?$/.test(from.path);
  const source = await lookAtSource(place, from.path, followsLink, signal);
  if (to.kind === "stream") {
    if (isatty(STDOUT))
      throw refusal("standard output is a terminal; send the archive into a file or a pipe");
    if (source.kind === "missing") planCopy(source, { path: "-", kind: "directory", hasParent: true });
    const order = { kind: "pack", path: from.path, name: nameOf(from.path), followsLink } as const;
    return await packTo(place, order, STDOUT, { signal });
  }
  if (to.kind === "container") return;
  const { directory, name } = planCopy(source, await lookAtDestination(HOST, to.path, signal));
  const owner =
    archive === true ? undefined : { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  await copyBetween(
    { place, order: { kind: "pack", path: from.path, name, followsLink } },
    // A device node of a stranger's making on this machine is a door to its hardware.
    { place: HOST, order: { kind: "unpack", directory, owner, hasDevices: false } },
    { signal },
  );
}

async function copyIn(
  cli: Cli,
  from: CopyPath,
  to: CopyPath & { kind: "container" },
  { archive, followLink }: Flags,
): Promise<void> {
  const { signal } = cli;
  const container = await cli.container(to.container);
  using opened = await openContainerPlace(await cli.client(), container, { signal });
  const { place } = opened;
  const owner = archive === true ? undefined : { uid: 0, gid: 0 };
  const destination = await lookAtDestination(place, to.path, signal);
  if (from.kind === "stream") {
    if (isatty(STDIN)) throw refusal("standard input is a terminal; give it a tar archive");
    const stream: FoundPath = { path: "-", kind: "directory", hasParent: true };
    if (destination.kind === "missing") planCopy({ ...destination }, stream);
    const { directory } = planCopy({ ...stream, path: "/." }, destination);
    // Owners of an archive are what its maker meant.
    return await unpackFrom(place, { kind: "unpack", directory, hasDevices: true }, STDIN, { signal });
  }
  if (from.kind === "container") return;
  const followsLink = followLink === true || /\/\.?$/.test(from.path);
  const source = await lookAtSource(HOST, from.path, followsLink, signal);
  const { directory, name } = planCopy(source, destination);
  await copyBetween(
    { place: HOST, order: { kind: "pack", path: from.path, name, followsLink } },
    { place, order: { kind: "unpack", directory, owner, hasDevices: true } },
    { signal },
  );
}

// A link that is not followed is something by itself, wherever it leads.
async function lookAtSource(
  place: TreePlace,
  path: string,
  followsLink: boolean,
  signal: AbortSignal,
): Promise<FoundPath> {
  const { kind, hasParent, isLink } = await lookAt(place, path, { signal });
  return { path, kind: isLink && !followsLink ? "other" : kind, hasParent };
}

// What a link points to is written, not the link.
async function lookAtDestination(place: TreePlace, path: string, signal: AbortSignal): Promise<FoundPath> {
  const { kind, hasParent, realPath, isLink } = await lookAt(place, path, { signal });
  return { path: isLink && kind !== "missing" ? realPath : path, kind, hasParent };
}

function refusal(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `copy files: ${reason}`);
}
