import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Version of this package, and of what computes. */
export function versions(): { turnwise: string; packages: Record<string, string> } {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const require = createRequire(import.meta.url);
  const runtime = require('onnxruntime-node/package.json') as { version: string };
  return { turnwise: own.version, packages: { 'onnxruntime-node': runtime.version } };
}
