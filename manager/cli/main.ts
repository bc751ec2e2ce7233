// The `hawser` command.
// Until it exists, this file answers -v and says so to everything else. The build puts the version of package.json in.

declare const HAWSER_VERSION: string | undefined;

const asked = process.argv[2];
if (asked === "-v" || asked === "-version" || asked === "--version") {
  process.stdout.write(`hawser ${typeof HAWSER_VERSION === "string" ? HAWSER_VERSION : "development"}\n`);
} else {
  process.stderr.write("hawser: not available in this version\n");
  process.exitCode = 1;
}
