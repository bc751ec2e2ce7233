// A file begins in the same way in every suite.

export * from "../../support/begin.ts";
