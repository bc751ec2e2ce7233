// SHA-256 (FIPS 180-4) of short texts, for the names of sockets. Pure.
// Node's own is in node:crypto, which is not part of a Node process until it is loaded: 2.6 ms of each start and 0.8 MB of
// each shim, for one hash of 80 bytes. Not for secrets and not for data of any size.

const STEPS = 64;
const BLOCK_BYTES = 64;

// The first 32 bits behind the point of square roots (the initial hash) and cube roots (the constants) of the primes.
function constants(): { initial: Uint32Array; round: Uint32Array } {
  const initial = new Uint32Array(8);
  const round = new Uint32Array(STEPS);
  const fraction = (root: number): number => (root - Math.floor(root)) * 2 ** 32;
  for (let candidate = 2, found = 0; found < STEPS; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++)
      if (candidate % divisor === 0) isPrime = false;
    if (!isPrime) continue;
    if (found < 8) initial[found] = fraction(Math.sqrt(candidate));
    round[found++] = fraction(Math.cbrt(candidate));
  }
  return { initial, round };
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The hash of a text in UTF-8, in hexadecimal. */
export function sha256Hex(text: string): string {
  const message = Buffer.from(text);
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES);
  const padded = Buffer.alloc(blocks * BLOCK_BYTES);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64BE(BigInt(message.length) * 8n, padded.length - 8);

  const { initial: hash, round } = constants();
  const schedule = new Uint32Array(STEPS);
  // Typed arrays are as long as the loops below; `at` says so to the compiler.
  const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
    for (let step = 0; step < 16; step++) schedule[step] = padded.readUInt32BE(offset + step * 4);
    for (let step = 16; step < STEPS; step++) {
      const early = at(schedule, step - 15);
      const late = at(schedule, step - 2);
      const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      schedule[step] = at(schedule, step - 16) + sigma0 + at(schedule, step - 7) + sigma1;
    }
    const state = Uint32Array.from(hash);
    for (let step = 0; step < STEPS; step++) {
      const a = at(state, 0);
      const e = at(state, 4);
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const choice = (e & at(state, 5)) ^ (~e & at(state, 6));
      const first = at(state, 7) + sum1 + choice + at(round, step) + at(schedule, step);
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const majority = (a & at(state, 1)) ^ (a & at(state, 2)) ^ (at(state, 1) & at(state, 2));
      state.copyWithin(1, 0, 7);
      state[4] = at(state, 4) + first;
      state[0] = first + sum0 + majority;
    }
    for (let index = 0; index < 8; index++) hash[index] = at(hash, index) + at(state, index);
  }
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}
