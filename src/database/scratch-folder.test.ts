import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeScratchFolder, SCRATCH_PREFIX } from './scratch-folder.ts';

test('what killed processes left behind is removed, and nothing else', () => {
  const parent = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(join(parent, `${SCRATCH_PREFIX}${pid}-abc`));
  writeFileSync(join(parent, `${SCRATCH_PREFIX}${pid}-abc`, 'spilled'), 'x');
  for (const name of [`${SCRATCH_PREFIX}${process.pid}-abc`, `turnwise-other-${pid}-abc`, 'mine']) {
    mkdirSync(join(parent, name));
  }
  const made = makeScratchFolder(parent);
  expect(basename(made)).toMatch(new RegExp(`^${SCRATCH_PREFIX}${process.pid}-`));
  expect(readdirSync(parent).sort()).toEqual(
    [basename(made), `${SCRATCH_PREFIX}${process.pid}-abc`, `turnwise-other-${pid}-abc`, 'mine'].sort(),
  );
  rmSync(parent, { recursive: true });
});
