// The environment of a container's process. What is there unasked comes first, then the image's, then what was asked for; a
// later value takes the place of an earlier one, which keeps its place in the list. Pure.

/** Where the pieces come from. Variables as `NAME=value`. */
export interface EnvironmentSources {
  readonly image?: readonly string[];
  readonly asked?: readonly string[];
  readonly hostname?: string | undefined;
  readonly homeDir?: string | undefined;
  readonly isTerminal?: boolean;
}

/** Where programs are looked for when the image does not say. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Puts it together. */
export function environmentOf(sources: EnvironmentSources): string[] {
  const { image = [], asked = [], hostname, homeDir, isTerminal = false } = sources;
  const unasked = [
    `PATH=${DEFAULT_PATH}`,
    ...(hostname === undefined ? [] : [`HOSTNAME=${hostname}`]),
    ...(isTerminal ? ["TERM=xterm"] : []),
    ...(homeDir === undefined ? [] : [`HOME=${homeDir}`]),
  ];
  return mergeEnvironment(unasked, image, asked);
}

/** Later lists win; a name without "=" takes the variable away. */
export function mergeEnvironment(...lists: readonly (readonly string[])[]): string[] {
  const variables = new Map<string, string>();
  for (const variable of lists.flat()) {
    const end = variable.indexOf("=");
    if (end < 0) variables.delete(variable);
    else variables.set(variable.slice(0, end), variable);
  }
  return [...variables.values()];
}

/** The value of a variable, or undefined. */
export function variableIn(environment: readonly string[], name: string): string | undefined {
  return environment.findLast((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}
