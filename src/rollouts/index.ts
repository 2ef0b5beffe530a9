export * from './collect.ts';
export * from './episode.ts';
