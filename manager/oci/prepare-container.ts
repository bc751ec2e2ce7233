// From a wish to a specification, with everything looked up that it takes: the host, the image's users, the files of /etc, an
// init. The one call for whoever makes containers. Writes three files into the directory it is given and touches nothing else.

import { containerSpec } from "./container-spec.ts";
import type { ContainerWish } from "./container-wish.ts";
import { etcFiles, etcMounts, readHostEtc, writeEtcFiles } from "./etc-files.ts";
import { type HostFacts, readHostFacts } from "./host-facts.ts";
import { hostnameOf } from "./hostname.ts";
import type { ImageConfig } from "./image-config.ts";
import { findInitProgram } from "./init-program.ts";
import type { OciSpec } from "./spec.ts";
import { readUserTables, resolveUser, type UserWish } from "./user.ts";

/** Where things are. */
export interface ContainerPlace {
  /** The image's root file system, mounted somewhere: its /etc/passwd and /etc/group are read. */
  readonly rootDir: string;
  /** What the specification calls its root; default `rootfs`, in the bundle. */
  readonly rootPath?: string;
  /** A directory of the container's own that lives as long as it; made when missing. */
  readonly etcDir: string;
  /** Default: this host's, looked up now. */
  readonly host?: HostFacts;
}

/** Prepares. Throws InvalidArgument naming the flag, before anything is written, for a wish that cannot be. */
export function prepareContainer(wish: ContainerWish, image: ImageConfig, place: ContainerPlace): OciSpec {
  const host = place.host ?? readHostFacts();
  const hostname = hostnameOf(wish.id, wish.hostname);
  const user = resolveUser(
    { ...(wish.user ?? imageUser(image)), groupAdd: wish.groupAdd ?? [] },
    readUserTables(place.rootDir),
  );
  const spec = containerSpec(wish, {
    host,
    image,
    rootPath: place.rootPath ?? "rootfs",
    hostname,
    user,
    etcMounts: etcMounts(place.etcDir),
    initProgram: wish.hasInit ? findInitProgram() : undefined,
  });
  const files = etcFiles({
    hostname,
    hasHostNetwork: wish.network === "host",
    ...(wish.extraHosts === undefined ? {} : { extraHosts: wish.extraHosts }),
    ...(wish.nameservers === undefined ? {} : { nameservers: wish.nameservers }),
    ...(wish.searchDomains === undefined ? {} : { searchDomains: wish.searchDomains }),
    ...(wish.resolverOptions === undefined ? {} : { resolverOptions: wish.resolverOptions }),
    ...readHostEtc(),
  });
  writeEtcFiles(place.etcDir, files);
  return spec;
}

function imageUser({ user = "" }: ImageConfig): UserWish {
  const [name = "", group] = user.split(":");
  return { flag: "the image's user", value: user, user: name, ...(group ? { group } : {}) };
}
