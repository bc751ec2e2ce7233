// Programs of peers run here as in every suite.

export * from "../../support/command.ts";
