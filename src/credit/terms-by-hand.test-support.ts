import type { AlgorithmName } from './algorithms.ts';
import type { Settings } from './rows.test-support.ts';
import type { Table } from './slow-quantities.test-support.ts';

/**
 * The terms of an explanation from its quantities and the options alone, as a reader would compute them.
 *
 * @param last (steps) whether the step is the last of its episode.
 */
export function termsByHand(name: AlgorithmName, q: Table, last: boolean[], o: Settings): Table {
  const column = (at: (t: number) => number): number[] => last.map((_, t) => at(t));
  const penalty = (scale: (x: number, t: number) => number): Table =>
    o.invalidActionPenalty === 0 ? {} : { penalty: column((t) => -scale(q.penalty[t], t)) };
  const taken = (t: number): number => q.penalty?.[t] ?? 0;
  const over = (std: number[] | undefined, t: number): number => (std === undefined ? 1 : std[t] + 1e-6);
  const grpo = (t: number): number =>
    (q['episode reward'][t] - taken(t) - q['group mean'][t]) / over(q['group std'], t);

  switch (name) {
    case 'grpo':
    case 'dr-grpo': {
      const scale = (x: number, t: number): number => x / over(q['group std'], t);
      return { episode: column((t) => scale(q['episode reward'][t] - q['group mean'][t], t)), ...penalty(scale) };
    }
    case 'rloo': {
      const n = q['group values'];
      const scale = (x: number, t: number): number => (n[t] === 1 ? x : (n[t] * x) / (n[t] - 1));
      return { episode: column((t) => scale(q['episode reward'][t] - q['group mean'][t], t)), ...penalty(scale) };
    }
    case 'reinforce++': {
      const scale = (x: number, t: number): number => x / q.deviation[t];
      return { return: column((t) => scale(q.return[t] - q.mean[t], t)), ...penalty(scale) };
    }
    case 'reinforce++-baseline': {
      const scale = (x: number, t: number): number => x / q.deviation[t];
      return {
        episode: column((t) => scale(q['episode reward'][t] - q['group mean'][t], t)),
        ...penalty(scale),
        centring: column((t) => scale(-q.mean[t], t)),
      };
    }
    case 'gigpo':
      return {
        episode: column(grpo),
        step: column((t) => (o.stepWeight * (q.score[t] - q['state mean'][t])) / over(q['state std'], t)),
      };
    case 'g2po':
      return {
        episode: column(grpo),
        'next-node': column((t) => {
          return (o.stepWeight * (q['next value'][t] - taken(t) - q['next mean'][t])) / over(q['next std'], t);
        }),
        edge: column((t) => (o.stepWeight * (q.gain[t] - q['gain mean'][t])) / over(q['gain std'], t)),
      };
    case 'graphgpo':
      return {
        episode: column((t) => o.episodeWeight * grpo(t)),
        step: column((t) => (o.stepWeight * (q.score[t] - q['state mean'][t])) / over(q['state std'], t)),
      };
    case 'hgpo': {
      const terms: Table = o.base ? { episode: column((t) => q['share, episode'][t] * grpo(t)) } : {};
      for (let k = 1; k <= o.history + 1; k++) {
        const states = k === 1 ? '1 state' : `${k} states`;
        terms[states] = column((t) => {
          return (q[`share, ${states}`][t] * (q.score[t] - q[`mean, ${states}`][t])) / over(q[`std, ${states}`], t);
        });
      }
      return terms;
    }
    case 'bellman': {
      const given = (t: number): boolean => !o.gate || q.gate[t] === 1;
      const step = column((t) => {
        const difference = q.residual[t] - q['step mean'][t];
        return given(t) ? (o.stepWeight * difference) / over(q['step std'], t) : Number.NaN;
      });
      return { step, ...(o.gate ? { episode: column((t) => (given(t) ? Number.NaN : grpo(t))) } : {}) };
    }
    case 'gagpo':
    case 'gae': {
      const A = q['unscaled advantage'];
      const scale = (x: number, t: number): number => x / over(q.std, t);
      const centring: Table = o.normalization === 'none' ? {} : { centring: column((t) => scale(-q.mean[t], t)) };
      if (name === 'gagpo' && o.broadcast) {
        const n = q['episode steps'];
        return {
          'own step': column((t) => scale(A[t] / n[t], t)),
          'other steps': column((t) => {
            return n[t] === 1 ? Number.NaN : scale(q['episode mean'][t] - A[t] / n[t], t);
          }),
          ...centring,
        };
      }
      return {
        residual: column((t) => scale(q.residual[t], t)),
        'later residuals': column((t) => (last[t] ? Number.NaN : scale(o.gamma * o.lambda * A[t + 1], t))),
        ...centring,
      };
    }
  }
}
