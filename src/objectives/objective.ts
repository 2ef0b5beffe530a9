/** What an update minimizes. */
export interface Objective {
  /** Clipped surrogate (PPO, arXiv 1707.06347), CISPO (arXiv 2506.13585) or the negative log-likelihood of demonstrations. */
  readonly loss: 'clip' | 'cispo' | 'imitation';
  /** One importance ratio per token, or per action: exp of the mean log-ratio over its tokens (GAGPO, GSPO). */
  readonly ratio: 'token' | 'action';
  /** Ratios are clipped to [1 − clipLow, 1 + clipHigh]. */
  readonly clipLow: number;
  readonly clipHigh: number;
  /** For A < 0 the loss is at most −dualClip·A (arXiv 1912.09729); 0 is off. */
  readonly dualClip: number;
  /** CISPO's weight is clipped to [1 − cispoLow, 1 + cispoHigh]. */
  readonly cispoLow: number;
  readonly cispoHigh: number;
  readonly klCoefficient: number;
  readonly klKind: 'k1' | 'k2' | 'k3';
  readonly entropyCoefficient: number;
  readonly aggregation: 'token-mean' | 'seq-mean-token-sum' | 'seq-mean-token-mean' | 'seq-mean-token-sum-norm';
  /** Divisor of seq-mean-token-sum-norm, tokens. */
  readonly horizon: number;
}

export const OBJECTIVE_DEFAULTS: Objective = {
  loss: 'clip',
  ratio: 'action',
  clipLow: 0.2,
  clipHigh: 0.2,
  dualClip: 3,
  cispoLow: 1,
  cispoHigh: 2,
  klCoefficient: 0,
  klKind: 'k3',
  entropyCoefficient: 0,
  aggregation: 'token-mean',
  horizon: 512,
};
