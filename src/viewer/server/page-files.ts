import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ViewerError } from '../data/viewer-error.ts';

/** The built page. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../../dist/viewer/app', import.meta.url));

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

/**
 * The files of the built page by their names. They are read once, so that no request can ask for another.
 *
 * @throws ViewerError where the page is not built
 */
export async function readPageFiles(folder = PAGE_FOLDER): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    const type = TYPES[entry.name.split('.').at(-1) ?? ''];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).replaceAll('\\', '/');
    files.set(name, { type, content: await readFile(path) });
  }
  if (files.has('index.html')) return files;
  throw new ViewerError(`The viewer's page is not built: ${folder} has no index.html. Run npm run build.`);
}
