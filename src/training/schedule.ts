import { Random } from '../text/random.ts';

/** A learning rate over a run: rises over `warmup` steps, then decays to `finalShare` of its peak at the end. */
export interface RateSchedule {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly finalShare: number;
  readonly warmup: number;
}

/** The learning rate of step `index` (from 0) of `total`. */
export function rateAt(s: RateSchedule, index: number, total: number): number {
  if (index < s.warmup) return (s.learningRate * (index + 1)) / s.warmup;
  const span = Math.max(1, total - s.warmup);
  const done = (index - s.warmup) / span;
  const fall = s.schedule === 'linear' ? done : s.schedule === 'cosine' ? (1 - Math.cos(Math.PI * done)) / 2 : 0;
  return s.learningRate * (1 - (1 - s.finalShare) * fall);
}

/**
 * An endless reshuffled cycle over `count` items: item number `index` of the stream. Every pass sees every item once, each in
 * an order of its own, so the stream can be entered anywhere without having been read before.
 */
export class ShuffledCycle {
  private readonly count: number;
  private readonly seed: number;
  private readonly purpose: string;
  private pass = -1;
  private order: number[] = [];

  constructor(count: number, seed: number, purpose: string) {
    if (count < 1) throw new RangeError(`${purpose}: nothing to draw from`);
    this.count = count;
    this.seed = seed;
    this.purpose = purpose;
  }

  at(index: number): number {
    const pass = Math.floor(index / this.count);
    if (pass !== this.pass) {
      this.pass = pass;
      this.order = Random.of(this.seed, this.purpose, pass).shuffle(Array.from({ length: this.count }, (_, i) => i));
    }
    return this.order[index % this.count];
  }
}
