// From a wish to a specification, with everything looked up that it takes: the host, the image's users, the files of /etc, an
// init. The one call for whoever makes containers. Writes three files into the directory it is given and touches nothing else.
import { containerSpec } from "./container-spec.ts";
import type { ContainerWish } from "./container-wish.ts";
import { type EtcFiles, etcFiles, etcMounts, readHostEtc, writeEtcFiles } from "./etc-files.ts";
import { type HostFacts, readHostFacts } from "./host-facts.ts";
import { hostnameOf } from "./hostname.ts";
import type { ImageConfig } from "./image-config.ts";
import type { ImageRoot } from "./image-root.ts";
import { findInitProgram } from "./init-program.ts";
import type { OciSpec } from "./spec.ts";
import { readUserTables, resolveUser, userWish } from "./user.ts";

/** Where things are. */
export interface ContainerPlace {
  /** The image's root file system, whose /etc/passwd and /etc/group are read; without, only numbers name users. */
  readonly root?: string | ImageRoot | undefined;
  /** What the specification calls its root; default `rootfs`, in the bundle. */
  readonly rootPath?: string | undefined;
  /** A directory of the container's own that lives as long as it; made when missing. Without, /etc is as the image has it. */
  readonly etcDir?: string | undefined;
  /** Default: this host's, looked up now. */
  readonly host?: HostFacts;
}

/** Prepares. Throws InvalidArgument naming the flag, before anything is written, for a wish that cannot be. */
export function prepareContainer(wish: ContainerWish, image: ImageConfig, place: ContainerPlace): OciSpec {
  const host = place.host ?? readHostFacts();
  const hostname = hostnameOf(wish.id, wish.hostname);
  const user = resolveUser(
    { ...(wish.user ?? userWish("the image's user", image.user ?? "")), groupAdd: wish.groupAdd ?? [] },
    place.root === undefined ? {} : readUserTables(place.root),
  );
  const spec = containerSpec(wish, {
    host,
    image,
    rootPath: place.rootPath ?? "rootfs",
    hostname,
    user,
    etcMounts: place.etcDir === undefined ? [] : etcMounts(place.etcDir),
    initProgram: wish.hasInit ? findInitProgram() : undefined,
  });
  if (place.etcDir !== undefined) writeEtcFiles(place.etcDir, etcFilesFor(wish, hostname));
  return spec;
}

function etcFilesFor(wish: ContainerWish, hostname: string): EtcFiles {
  return etcFiles({
    hostname,
    hasHostNetwork: wish.network === "host",
    ...(wish.extraHosts === undefined ? {} : { extraHosts: wish.extraHosts }),
    ...(wish.nameservers === undefined ? {} : { nameservers: wish.nameservers }),
    ...(wish.searchDomains === undefined ? {} : { searchDomains: wish.searchDomains }),
    ...(wish.resolverOptions === undefined ? {} : { resolverOptions: wish.resolverOptions }),
    ...readHostEtc(),
  });
}
