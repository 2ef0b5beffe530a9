/** A model behind OpenAI's HTTP interface. */
export * from './api-error.ts';
export * from './chat-format.ts';
export * from './complete.ts';
export * from './conversation.ts';
export type { TokenLimits } from './fit-prompt.ts';
export * from './load-model.ts';
export * from './printable.ts';
export * from './serve-error.ts';
export * from './served-model.ts';
export { checkExposure, type RunningServer, SERVE_DEFAULTS, type ServeOptions, startServer } from './server.ts';
