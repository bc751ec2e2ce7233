// `-info`: what this runtime is and can do, for managers that ask before the first container. Needs no bundle, namespace
// or id; runs in the manager's own working directory. Answers whatever the options are: Go's shim fails on foreign ones.
import { fstatSync } from "node:fs";
import { OCI_TYPE_PREFIX } from "../proto/any.ts";
import { Any } from "../proto/gen/any.ts";
import { RuntimeInfo } from "../proto/gen/runtime.ts";
import { MAX_INPUT_BYTES } from "./bootstrap.ts";
import { readInput } from "./manager-input.ts";
import { CliDriver } from "./oci/cli-driver.ts";
import { decodeOptions } from "./oci/options.ts";
import { REVISION, RUNTIME_NAME, VERSION } from "./version.ts";

/** When none is named. runc first, although crun is preferred where it fits: more of its versions know the question. */
const DEFAULT_BINARIES: readonly string[] = ["runc", "crun"];

/** Asks an OCI runtime for its features; undefined when it cannot tell. */
export type AskFeatures = (binary: string) => Promise<Uint8Array | undefined>;

/** The answer to `-info`, encoded. `input` is what was on standard input: an Any, or nothing. */
export async function runtimeInfo(input: Uint8Array, askFeatures: AskFeatures): Promise<Uint8Array> {
  const options = optionsIn(input);
  let features: Uint8Array | undefined;
  for (const binary of binariesOf(options)) features ??= await askFeatures(binary).catch(() => undefined);
  return RuntimeInfo.encode({
    name: RUNTIME_NAME,
    version: { version: VERSION, revision: REVISION },
    options,
    features: features && { typeUrl: `${OCI_TYPE_PREFIX}features/Features`, value: features },
  });
}

function optionsIn(input: Uint8Array): Any | undefined {
  try {
    const options = Any.decode(input);
    return options.typeUrl === "" ? undefined : options;
  } catch {
    return undefined;
  }
}

function binariesOf(options: Any | undefined): readonly string[] {
  try {
    const { binaryName } = decodeOptions(options);
    return binaryName === "" ? DEFAULT_BINARIES : [binaryName];
  } catch {
    return DEFAULT_BINARIES; // a stranger's, or not what they say: Create will refuse them, the answer does not depend on it
  }
}

/** The answer to the options on the descriptor `inputFd`, from the OCI runtime that they name. */
export async function info(inputFd: number): Promise<Uint8Array> {
  return await runtimeInfo(readOptions(inputFd), async (binary) => {
    const driver = new CliDriver({ binary, rootDir: "/", bundleDir: "/" });
    return await driver.features();
  });
}

function readOptions(fd: number): Uint8Array {
  try {
    // A person at a terminal would have to know that ^D is waited for.
    if (fstatSync(fd).isCharacterDevice()) return new Uint8Array(0);
    const input = readInput(fd);
    return input.length > MAX_INPUT_BYTES ? new Uint8Array(0) : input;
  } catch {
    return new Uint8Array(0); // closed: there are none
  }
}
