import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientScript } from './client-script.ts';

const folder = new URL('./', import.meta.url);

test('one script holds all modules, each once and after what it imports', () => {
  const script = clientScript(new URL('./credit-report.client.js', folder));
  expect(script).not.toMatch(/^(import|export)\b/m);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.client.js'))) {
    const names = [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^export function (\w+)/gm)];
    for (const [, name] of names) {
      expect(script.match(new RegExp(`^function ${name}\\(`, 'gm')), `${name} of ${file}`).toHaveLength(1);
    }
  }
  expect(script.indexOf('function byId(')).toBeLessThan(script.indexOf("byId('data'"));
  expect(() => new Function(script)).not.toThrow();
});
