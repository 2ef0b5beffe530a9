export type { DownloadProgress } from './download-model.ts';
export { HubError, type HubErrorCode } from './hub-error.ts';
export { type ModelId, modelIdOf } from './model-id.ts';
export type { Persistence } from './persist.ts';
export { type ResolveOptions, resolveModel } from './resolve-model.ts';
