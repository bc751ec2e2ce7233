// The same shims are tried in every suite.

export * from "../../support/shim-variant.ts";
