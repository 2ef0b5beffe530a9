import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoverFolder, replaceFolderAtomic, writeFileAtomic } from './atomic.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ATOMIC = new URL('./atomic.ts', import.meta.url).href;
const SAFETENSORS = new URL('./safetensors.ts', import.meta.url).href;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-atomic-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Names in the test's folder, hidden ones included. */
const names = (): string[] => readdirSync(dir).sort();

const nodeArguments = (code: string): string[] => ['--import', 'tsx', '--input-type=module', '-e', code];

/** Runs a program for a while, then kills it without notice. */
async function killInTheMiddle(code: string, afterMs: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, nodeArguments(code), {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

describe('writeFileAtomic', () => {
  test('writes text, bytes and streams, over what was there', async () => {
    const path = join(dir, 'a.txt');
    await writeFileAtomic(path, 'Grüße');
    expect(readFileSync(path, 'utf8')).toBe('Grüße');
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    expect([...readFileSync(path)]).toEqual([1, 2]);
    await writeFileAtomic(path, async (file) => {
      await file.write(Uint8Array.of(3));
      await file.write(Uint8Array.of(4));
    });
    expect([...readFileSync(path)]).toEqual([3, 4]);
    expect(names()).toEqual(['a.txt']);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk leaves the old file and no other', async () => {
    const path = join(dir, 'a.txt');
    await writeFileAtomic(path, 'old');
    const writing = writeFileAtomic(path, async (file) => {
      await file.write('half of the new');
      await writeFile('/dev/full', 'x');
    });
    await expect(writing).rejects.toMatchObject({ name: 'DiskError', code: 'TURNWISE_DISK_FULL', path });
    await expect(writing).rejects.toThrow(/disk .* is full.*unchanged/);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(names()).toEqual(['a.txt']);
  });

  test('two writers of one file leave one of both texts', async () => {
    const path = join(dir, 'a.txt');
    const texts = ['a', 'b', 'c'].map((c) => c.repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(names()).toEqual(['a.txt']);
  });

  test('a process killed while writing leaves a whole file', async () => {
    const path = join(dir, 'a.txt');
    for (const delay of [5, 40]) {
      await killInTheMiddle(
        `import { writeFileAtomic } from ${JSON.stringify(ATOMIC)};
         for (let i = 0; ; i++) {
           await writeFileAtomic(${JSON.stringify(path)}, async (file) => {
             for (let part = 0; part < 50; part++) await file.write(String(i % 10).repeat(10_000));
           });
           if (i === 0) console.log('ready');
         }`,
        delay,
      );
      const text = readFileSync(path, 'utf8');
      expect(text).toBe(text[0].repeat(500_000));
    }
  });
});

test.skipIf(process.platform === 'win32')('a missing permission is told apart', () => {
  const path = join(dir, 'locked', 'a.txt');
  mkdirSync(join(dir, 'locked'), { mode: 0o500 });
  const code = `import { writeFileAtomic } from ${JSON.stringify(ATOMIC)};
    if (process.getuid() === 0) process.seteuid(65534);
    await writeFileAtomic(${JSON.stringify(path)}, 'x').catch((e) => console.log(JSON.stringify([e.code, e.path])));`;
  execFileSync('chmod', ['o+x', dir]);
  const out = execFileSync(process.execPath, nodeArguments(code), { cwd: ROOT, encoding: 'utf8' });
  expect(JSON.parse(out)).toEqual(['TURNWISE_NO_PERMISSION', path]);
});

describe('replaceFolderAtomic', () => {
  const folder = (): string => join(dir, 'model');
  const fill = (text: string) => async (temp: string) => {
    mkdirSync(join(temp, 'sub'));
    writeFileSync(join(temp, 'a'), text);
    writeFileSync(join(temp, 'sub', 'b'), text);
  };
  const content = (): string[] => [
    readFileSync(join(folder(), 'a'), 'utf8'),
    readFileSync(join(folder(), 'sub', 'b'), 'utf8'),
  ];

  test('creates and replaces, parents included', async () => {
    await replaceFolderAtomic(folder(), fill('1'));
    await replaceFolderAtomic(folder(), async (temp) => writeFileSync(join(temp, 'only'), ''));
    expect(readdirSync(folder())).toEqual(['only']);
    await replaceFolderAtomic(join(dir, 'x', 'y'), fill('2'));
    expect(names()).toEqual(['model', 'x']);
  });

  test('a failure while filling leaves the old folder alone', async () => {
    const failing = async (temp: string): Promise<void> => {
      writeFileSync(join(temp, 'a'), 'half');
      throw new Error('no more');
    };
    await expect(replaceFolderAtomic(folder(), failing)).rejects.toThrow('no more');
    expect(names()).toEqual([]);
    await replaceFolderAtomic(folder(), fill('old'));
    await expect(replaceFolderAtomic(folder(), failing)).rejects.toThrow('no more');
    expect(content()).toEqual(['old', 'old']);
    expect(names()).toEqual(['model']);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk while filling names the folder', async () => {
    await replaceFolderAtomic(folder(), fill('old'));
    const failing = replaceFolderAtomic(folder(), () => writeFile('/dev/full', 'x'));
    await expect(failing).rejects.toMatchObject({ code: 'TURNWISE_DISK_FULL', path: folder() });
    const nested = replaceFolderAtomic(folder(), (temp) =>
      writeFileAtomic(join(temp, 'a'), () => writeFile('/dev/full', 'x')),
    );
    await expect(nested).rejects.toMatchObject({ code: 'TURNWISE_DISK_FULL', path: folder() });
    expect(content()).toEqual(['old', 'old']);
  });

  /** Every state that a crash can leave, in the order they come about. */
  const states: [string, readonly string[], string | undefined][] = [
    ['the first version half written', ['.model.new'], undefined],
    ['the new version half or fully written', ['model', '.model.new'], 'model'],
    ['the old one moved away', ['.model.old', '.model.new'], '.model.new'],
    ['the new one in place', ['.model.old', 'model'], 'model'],
    ['the old one partly removed', ['model'], 'model'],
  ];
  test.each(states)('recovery with %s', async (_, present, survivor) => {
    for (const name of present) {
      mkdirSync(join(dir, name, 'sub'), { recursive: true });
      writeFileSync(join(dir, name, 'a'), name);
      writeFileSync(join(dir, name, 'sub', 'b'), name);
    }
    await recoverFolder(folder());
    expect(names()).toEqual(survivor === undefined ? [] : ['model']);
    if (survivor !== undefined) expect(content()).toEqual([survivor, survivor]);
  });

  test('a killed process leaves a whole folder behind, old or new', async () => {
    for (const delay of [3, 25, 60]) {
      await killInTheMiddle(
        `import { writeFile } from 'node:fs/promises';
         import { replaceFolderAtomic } from ${JSON.stringify(ATOMIC)};
         for (let i = 0; ; i++) {
           await replaceFolderAtomic(${JSON.stringify(folder())}, async (temp) => {
             for (const name of ['a', 'b', 'c']) await writeFile(temp + '/' + name, String(i % 10).repeat(300_000));
           });
           if (i === 0) console.log('ready');
         }`,
        delay,
      );
      await recoverFolder(folder());
      const [a, b, c] = ['a', 'b', 'c'].map((name) => readFileSync(join(folder(), name), 'utf8'));
      expect(a).toBe(a[0].repeat(300_000));
      expect([b, c]).toEqual([a, a]);
      expect(names()).toEqual(['model']);
    }
  });
});

const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
if (!canMount) console.log('Skipped writing to a disk that is really full: this system mounts none for tests.');

test.skipIf(!canMount)('a disk that is really full: the file before is whole, nothing else is left', () => {
  const path = join(dir, 'weights.safetensors');
  const code = `import { writeSafetensors, readSafetensors } from ${JSON.stringify(SAFETENSORS)};
    import { readdirSync } from 'node:fs';
    const tensor = (n, v) => new Map([['w', { dtype: 'F32', shape: [n], data: new Float32Array(n).fill(v) }]]);
    await writeSafetensors(${JSON.stringify(path)}, tensor(20_000, 1));
    const error = await writeSafetensors(${JSON.stringify(path)}, tensor(100_000, 2)).catch((e) => e);
    const { data } = (await readSafetensors(${JSON.stringify(path)})).get('w');
    const whole = data.length === 20_000 && data.every((x) => x === 1);
    console.log(JSON.stringify({ code: error.code, whole, names: readdirSync(${JSON.stringify(dir)}) }));`;
  const script = 'mount -t tmpfs -o size=256k none "$1" && shift && exec "$@"';
  const child = ['-rm', 'sh', '-c', script, 'sh', dir, process.execPath, ...nodeArguments(code)];
  const out = execFileSync('unshare', child, { cwd: ROOT, encoding: 'utf8' });
  expect(JSON.parse(out)).toEqual({ code: 'TURNWISE_DISK_FULL', whole: true, names: ['weights.safetensors'] });
});
