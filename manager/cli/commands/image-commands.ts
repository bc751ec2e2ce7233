// The commands for images; see index.ts.
import type { CommandEntry } from "../command-entry.ts";

/** In the order of the overview. */
export const IMAGE_COMMANDS: readonly CommandEntry[] = [
  {
    name: "images",
    aliases: ["image ls", "image list"],
    summary: "images and how large they are",
    group: "image",
    load: () => import("./images.ts"),
  },
  {
    name: "load",
    aliases: ["image load"],
    summary: "images from an archive of docker save, hawser save or an OCI tool",
    group: "image",
    load: () => import("./load.ts"),
  },
  {
    name: "save",
    aliases: ["image save"],
    summary: "images into an archive",
    group: "image",
    load: () => import("./save.ts"),
  },
  {
    name: "import",
    aliases: ["image import"],
    summary: "an image from the archive of a root file system",
    group: "image",
    load: () => import("./import.ts"),
  },
  {
    name: "tag",
    aliases: ["image tag"],
    summary: "one more name for an image",
    group: "image",
    load: () => import("./tag.ts"),
  },
  {
    name: "rmi",
    aliases: ["image rm", "image remove"],
    summary: "remove images",
    group: "image",
    load: () => import("./rmi.ts"),
  },
  {
    name: "image prune",
    summary: "remove images that no container was made from",
    group: "image",
    load: () => import("./image-prune.ts"),
  },
  {
    name: "commit",
    aliases: ["container commit"],
    summary: "an image of what a container has become",
    group: "image",
    load: () => import("./commit.ts"),
  },
];
