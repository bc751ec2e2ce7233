// What this shim calls itself. The build puts the version of package.json in; the sources alone are a development version.
declare const HAWSER_VERSION: string | undefined;
declare const HAWSER_REVISION: string | undefined;

/** The name that managers know this runtime by. */
export const RUNTIME_NAME = "io.containerd.hawser.v2";

/** Name of the executable. */
export const PROGRAM = "containerd-shim-hawser-v2";

export const VERSION: string = typeof HAWSER_VERSION === "string" ? HAWSER_VERSION : "development";

/** The commit it was built from; may be empty. */
export const REVISION: string = typeof HAWSER_REVISION === "string" ? HAWSER_REVISION : "";
