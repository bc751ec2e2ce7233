// The complaints in a containerd's log, in a form that two runs can be compared in.

/** Lines at the levels warning and worse, each once, without what differs from run to run: times, ids, pids, paths. */
export function complaints(log: string): Set<string> {
  const lines = log
    .split("\n")
    .filter((line) => /^panic|^goroutine|level=(warn|error|fatal|panic)/.test(line));
  return new Set(lines.map(normalize));
}

function normalize(line: string): string {
  return line
    .replace(/^time="[^"]*" /, "")
    .replaceAll(/hawser-test-[\w-]+/g, "<id>")
    .replaceAll(/[0-9a-f]{64}/g, "<hash>")
    .replaceAll(/self\/fd\/\d+/g, "self/fd/<n>")
    .replaceAll(/\b(pid|duration|t)=\S+/g, "$1=<n>")
    .replaceAll(/\/tmp\/\S+?(?=[\s"]|$)/g, "<path>")
    .replaceAll(/\d+(\.\d+)?(ms|µs|s)\b/g, "<time>");
}
