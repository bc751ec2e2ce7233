// The text of an executable in bin/: a shell script that finds itself, and then becomes the pinned Node with the bundle. It
// forks only when it is called through a symlink. Pure.

/** One executable of the build. */
export interface Executable {
  name: string;
  /** Source, from the root of the repository. */
  entry: string;
  /** File in dist/: .cjs or .mjs. */
  bundle: string;
  nodeArgs: readonly string[];
  /** Drops NODE_OPTIONS of the caller. */
  isEnvironmentClean: boolean;
}

/** The launcher of an executable. */
export function launcherText({ bundle, nodeArgs, isEnvironmentClean }: Executable): string {
  const clean = isEnvironmentClean ? "unset NODE_OPTIONS\n" : "";
  const args = nodeArgs.map((arg) => `${arg} `).join("");
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
${clean}exec "$node" ${args}"$root/dist/${bundle}" "$@"
`;
}
