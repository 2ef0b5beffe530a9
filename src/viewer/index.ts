/** Looking at runs: the local page's server, and pages that hold their data. */
export * from './api.ts';
export { ViewerData } from './data/viewer-data.ts';
export { ViewerError } from './data/viewer-error.ts';
export type { EmbeddedData } from './embedded.ts';
export type { Wanted } from './export/choose-groups.ts';
export { embedData } from './export/embed-data.ts';
export { singleFile } from './export/single-file.ts';
export { readPageFiles } from './server/page-files.ts';
export { type RunningViewer, startViewer, type ViewerOptions } from './server/server.ts';
