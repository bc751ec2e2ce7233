// The process of an exec: like the container's own, in what was not asked to be different. It has the container's
// environment, user, capabilities, limits and confinement, and nothing that belongs to init alone. docker's rules.
import { CAPABILITIES, capabilitySets } from "./capabilities.ts";
import { workingDirOf } from "./command.ts";
import { mergeEnvironment, variableIn } from "./environment.ts";
import type { Written } from "./refusal.ts";
import type { OciProcess, OciSpec } from "./spec.ts";
import type { ResolvedUser } from "./user.ts";

/** An exec as wanted. */
export interface ExecWish {
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: (Written & { readonly dir: string }) | undefined;
  readonly isTerminal?: boolean;
  readonly consoleSize?: { readonly width: number; readonly height: number } | undefined;
  /** Another user than the container's, looked up in its files as they are now. */
  readonly user?: ResolvedUser | undefined;
  /** Every capability that the host can give. */
  readonly isPrivileged?: boolean;
}

/** Makes it from the container's specification. `onHost` matters to a privileged one. */
export function execProcess(spec: OciSpec, wish: ExecWish, onHost: ReadonlySet<string>): OciProcess {
  const own = spec.process;
  const user = wish.user?.user ?? own.user;
  const isTerminal = wish.isTerminal ?? false;
  const bounding = wish.isPrivileged
    ? CAPABILITIES.filter((name) => onHost.has(name))
    : (own.capabilities?.bounding ?? []);
  const env = mergeEnvironment(
    own.env,
    isTerminal && variableIn(own.env, "TERM") === undefined ? ["TERM=xterm"] : [],
    wish.user === undefined ? [] : [`HOME=${wish.user.homeDir}`],
    wish.env ?? [],
  );
  const { rlimits, noNewPrivileges, apparmorProfile, oomScoreAdj } = own;
  return {
    terminal: isTerminal,
    ...(isTerminal && wish.consoleSize !== undefined ? { consoleSize: { ...wish.consoleSize } } : {}),
    user,
    args: [...wish.args],
    env,
    cwd: wish.workingDir === undefined ? own.cwd : workingDirOf(wish.workingDir),
    capabilities: capabilitySets(bounding, user.uid),
    ...(rlimits === undefined ? {} : { rlimits }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
    ...(apparmorProfile === undefined || wish.isPrivileged ? {} : { apparmorProfile }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}
