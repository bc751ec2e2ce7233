// Makes sure that what runs is what the sources say.

export { buildHawserShim as buildExecutables } from "../../support/hawser-shim.ts";
