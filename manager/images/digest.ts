// Digests: `sha256:<64 hexadecimal digits>` and `sha512:<128>`, in lower case. A digest that passed `parseDigest` is safe as
// two components of a path; nothing else may become one. Pure.
import { createHash, type Hash } from "node:crypto";
import { Code, HawserError } from "../../proto/errors.ts";

/** The algorithms that are known, each with the number of its hexadecimal digits. */
export const DIGEST_ALGORITHMS = { sha256: 64, sha512: 128 } as const;

/** The name of an algorithm. */
export type DigestAlgorithm = keyof typeof DIGEST_ALGORITHMS;

/** A digest, taken apart. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** More than this of a wrong digest does not go into an error. */
const MAX_QUOTED = 160;

const SHAPE = /^(sha256|sha512):([0-9a-f]+)$/;

/** Takes a digest apart. Throws InvalidArgument for everything that is not one. */
export function parseDigest(text: string): Digest {
  const [, algorithm, hex] = text.length <= MAX_QUOTED ? (SHAPE.exec(text) ?? []) : [];
  if (algorithm === undefined || hex?.length !== DIGEST_ALGORITHMS[algorithm as DigestAlgorithm]) {
    const quoted = JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
    const rule = "a digest is sha256: and 64, or sha512: and 128 hexadecimal digits in lower case";
    throw new HawserError(Code.InvalidArgument, `check digest ${quoted}: ${rule}`);
  }
  return { algorithm: algorithm as DigestAlgorithm, hex };
}

/** The digest of these bytes. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** A digest in the making: bytes in pieces go in, any number of times. */
export class Digester {
  readonly algorithm: DigestAlgorithm;
  #hash: Hash;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The digest of what went in so far; more may follow. */
  digest(): string {
    return `${this.algorithm}:${this.#hash.copy().digest("hex")}`;
  }
}
