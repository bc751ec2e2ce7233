// The \`hawser\` command.
// Until it exists, this file answers -v and says so to everything else.

const version = "0.1.0";

const asked = process.argv[2];
if (asked === "-v" || asked === "-version" || asked === "--version") {
  process.stdout.write(`hawser ${version}\n`);
} else {
  process.stderr.write("hawser: not available in this version\n");
  process.exitCode = 1;
}
