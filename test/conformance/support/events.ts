// Events are heard in the same way in every suite.

export * from "../../support/ctr-events.ts";
