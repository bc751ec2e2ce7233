// The image is the same in every suite.

export * from "../../support/image-archive.ts";
