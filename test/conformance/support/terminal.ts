// Terminals are the same in every suite.

export * from "../../support/terminal.ts";
