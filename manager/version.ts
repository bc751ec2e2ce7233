// What this build of the manager calls itself. The build puts the version of package.json in; sources run as they are say
// "development".

declare const HAWSER_VERSION: string | undefined;
declare const HAWSER_REVISION: string | undefined;

/** The version of package.json. */
export const VERSION = typeof HAWSER_VERSION === "string" ? HAWSER_VERSION : "development";

/** The commit; empty when the build does not know. */
export const REVISION = typeof HAWSER_REVISION === "string" ? HAWSER_REVISION : "";
