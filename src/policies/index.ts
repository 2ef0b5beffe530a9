export * from './local.ts';
export * from './policy.ts';
