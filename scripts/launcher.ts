// The text of an executable in bin/: a shell script that finds itself, and then becomes the pinned Node with the bundle. It
// forks only when it is called through a symlink, and for a shim's `start`, where Node stays and the shell goes
// (docs/shim-start.md). Pure.

/** One executable of the build. */
export interface Executable {
  name: string;
  /** Source, from the root of the repository. */
  entry: string;
  /** File in dist/: .cjs or .mjs. */
  bundle: string;
  /** Whether what it loads later is in files of its own. */
  isSplit?: boolean;
  nodeArgs: readonly string[];
  /** Drops what the caller's environment tells Node. */
  isEnvironmentClean: boolean;
  /** Whether `start` is answered by a process that stays. */
  staysAfterStart: boolean;
}

// Each of these can make Node print, or load, what is not ours.
const NODE_VARIABLES = [
  "NODE_OPTIONS",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_V8_COVERAGE",
  "NODE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_REDIRECT_WARNINGS",
  "NODE_PENDING_DEPRECATION",
  "NODE_REPL_EXTERNAL_MODULE",
].join(" ");

// Which word is the action: the first that is neither a flag nor the value of one. Go's flags, as in shim/arguments.ts.
const FIND_ACTION = `action= value=
for word do
  if [ -n "$value" ]; then value=; continue; fi
  case $word in
    -*=* | -debug | --debug | -v | --v | -version | --version | -info | --info | --) ;;
    -?*) value=yes ;;
    *) action=$word; break ;;
  esac
done
`;

// A background job's stdin is /dev/null unless it is given another one. What ends the wait is Node's SIGUSR1, or its end.
const startText = (command: string): string => `${FIND_ACTION}if [ "$action" = start ]; then
  exec 3<&0
  trap 'exit 0' USR1
  ${command} "launcher=$$,$PPID" "$@" <&3 3<&- &
  wait "$!"
  status=$?
  [ "$status" -le 128 ] || echo "\${0##*/}: start: the shim was ended by signal $((status - 128))" >&2
  exit "$status"
fi
`;

/** The launcher of an executable. */
export function launcherText(one: Executable): string {
  const args = one.nodeArgs.map((arg) => `${arg} `).join("");
  const command = `"$node" ${args}"$root/dist/${one.bundle}"`;
  return `#!/bin/sh
# Made by scripts/build.ts.
self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
case $self in */*) root=\${self%/*}/.. ;; *) root=.. ;; esac
node=$root/node_modules/node/bin/node
if [ ! -x "$node" ]; then
  echo "\${0##*/}: $node is missing: run npm ci in $root" >&2
  exit 1
fi
${one.isEnvironmentClean ? `unset ${NODE_VARIABLES}\n` : ""}${one.staysAfterStart ? startText(command) : ""}exec ${command} "$@"
`;
}
