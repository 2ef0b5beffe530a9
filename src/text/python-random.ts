/**
 * CPython's `random` module, number for number: the Mersenne Twister (Matsumoto and Nishimura 1998) seeded by
 * `init_by_array`, and what `random.Random` makes of it. For environments whose tasks were drawn by a Python program.
 */
export class PythonRandom {
  private readonly state = new Uint32Array(N);
  private index = N;

  /** @param seed a whole number; as in Python, its sign does not count */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed must be a whole number, not ${seed}`);
    const magnitude = Math.abs(seed);
    const high = Math.floor(magnitude / 2 ** 32);
    this.seedByArray(high === 0 ? [magnitude] : [magnitude >>> 0, high]);
  }

  /** Uniform in [0, 1) with 53 bits. */
  random(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** Uniform between a and b. */
  uniform(a: number, b: number): number {
    return a + (b - a) * this.random();
  }

  /** Uniform integer in [0, n); n from 1 to 2^32. */
  below(n: number): number {
    const bits = bitLength(n);
    for (;;) {
      const value =
        bits > 32 ? this.uint32() + (this.uint32() >>> (64 - bits)) * 2 ** 32 : this.uint32() >>> (32 - bits);
      if (value < n) return value;
    }
  }

  /** Shuffles in place. */
  shuffle<T>(items: T[]): void {
    for (let i = items.length - 1; i >= 1; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  /**
   * `count` of the items without replacement, in the order of drawing.
   *
   * @throws RangeError when there are fewer
   */
  sample<T>(items: readonly T[], count: number): T[] {
    const n = items.length;
    if (count > n || count < 0) throw new RangeError(`cannot draw ${count} of ${n} items`);
    let small = 21;
    if (count > 5) small += 4 ** Math.ceil(Math.log(count * 3) / Math.log(4));
    if (n <= small) {
      const pool = items.slice();
      return Array.from({ length: count }, (_, i) => {
        const j = this.below(n - i);
        const drawn = pool[j];
        pool[j] = pool[n - i - 1];
        return drawn;
      });
    }
    const drawn = new Set<number>();
    return Array.from({ length: count }, () => {
      let j = this.below(n);
      while (drawn.has(j)) j = this.below(n);
      drawn.add(j);
      return items[j];
    });
  }

  /** The generator's next 32 bits. */
  private uint32(): number {
    if (this.index === N) this.twist();
    let y = this.state[this.index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < N; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }

  private seedByArray(key: readonly number[]): void {
    const { state } = this;
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let i = 1;
    const wrap = (): void => {
      if (++i < N) return;
      state[0] = state[N - 1];
      i = 1;
    };
    for (let k = 0; k < Math.max(N, key.length); k++) {
      const j = k % key.length;
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1664525)) + key[j] + j;
      wrap();
    }
    for (let k = 1; k < N; k++) {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1566083941)) - i;
      wrap();
    }
    state[0] = 0x80000000;
    this.index = N;
  }
}

const N = 624;
const M = 397;

function bitLength(n: number): number {
  return n < 2 ** 32 ? 32 - Math.clz32(n) : 32 + bitLength(Math.floor(n / 2 ** 32));
}
