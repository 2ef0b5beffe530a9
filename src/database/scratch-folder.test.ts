import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeScratchFolder } from './scratch-folder.ts';

test('what killed processes left behind is removed, and nothing else', () => {
  const parent = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(join(parent, `turnwise-database-${pid}-abc`));
  writeFileSync(join(parent, `turnwise-database-${pid}-abc`, 'spilled'), 'x');
  for (const name of [`turnwise-database-${process.pid}-abc`, `turnwise-other-${pid}-abc`, 'mine']) {
    mkdirSync(join(parent, name));
  }
  const made = makeScratchFolder(parent);
  expect(basename(made)).toMatch(new RegExp(`^turnwise-database-${process.pid}-`));
  expect(readdirSync(parent).sort()).toEqual(
    [basename(made), `turnwise-database-${process.pid}-abc`, `turnwise-other-${pid}-abc`, 'mine'].sort(),
  );
  rmSync(parent, { recursive: true });
});
