import { readFileSync } from 'node:fs';

const IMPORT = /^import [^;]*? from '(\.\/[\w.-]+\.client\.js)';\n/gm;

/**
 * One module out of a script for the browser and the scripts it imports, since a page from a file cannot import. They
 * are plain JavaScript, the same files in the sources and in the build, and share one scope: a name at the top of one
 * must not be at the top of another. The first lines put the message of an error that nobody catches on the root
 * element as `data-error`.
 *
 * @param entry URL of the script; all it imports is named in the form `import { name } from './other.client.js'`.
 */
export function clientScript(entry: URL): string {
  const seen = new Set<string>();
  const parts: string[] = [REPORT_ERRORS];
  const visit = (url: URL) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = readFileSync(url, 'utf8').replaceAll('\r\n', '\n');
    for (const [, path] of text.matchAll(IMPORT)) visit(new URL(path, url));
    parts.push(
      text
        .replace(IMPORT, '')
        .replace(/^export (?=const|function)/gm, '')
        .replace(/^\/\/# sourceMappingURL=.*$/m, '')
        .trim(),
    );
  };
  visit(entry);
  return parts.join('\n\n');
}

const REPORT_ERRORS = `addEventListener('error', ({ message }) => {
  document.documentElement.dataset.error = message;
});`;
