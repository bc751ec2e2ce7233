// Shims are found here as in every suite.

export * from "../../support/shim-processes.ts";
