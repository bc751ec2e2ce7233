// The shim's way in: one process per container, started by containerd or hawserd.
// Until it exists, this file answers -v and says so to everything else.

const version = "0.1.0";

const asked = process.argv[2];
if (asked === "-v" || asked === "-version") {
  process.stdout.write(`containerd-shim-hawser-v2 ${version}\n`);
} else {
  process.stderr.write("containerd-shim-hawser-v2: not available in this version\n");
  process.exitCode = 1;
}
