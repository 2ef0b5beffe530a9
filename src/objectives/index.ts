export * from './aggregation.ts';
export * from './evaluate.ts';
export * from './kl.ts';
export * from './objective.ts';
export * from './surrogate.ts';
