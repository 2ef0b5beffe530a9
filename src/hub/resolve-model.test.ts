import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readModel } from '../nn/files/checkpoint.ts';
import type { DownloadProgress } from './download-model.ts';
import { FakeHub, PIECE } from './fake-hub.test-support.ts';
import { type ResolveOptions, resolveModel } from './resolve-model.ts';

const MODELS = fileURLToPath(new URL('../../tests/golden/models/', import.meta.url));
const WEIGHTS = 'model.safetensors';

let dir: string;
let hub: FakeHub;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-hub-'));
  hub = await FakeHub.start();
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('HF_HUB_OFFLINE', undefined);
  vi.stubEnv('TRANSFORMERS_OFFLINE', undefined);
  vi.stubEnv('HF_HOME', join(dir, 'home'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A recorded model, with a tokenizer that has a word for every id. */
function folderOf(name: string): string {
  const folder = join(dir, `made-${name}`);
  mkdirSync(folder);
  cpSync(join(MODELS, name), folder, { recursive: true });
  const { vocab_size: size } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { vocab_size: number };
  const vocab = Object.fromEntries(Array.from({ length: size }, (_, id) => [`w${id}`, id]));
  const model = { type: 'WordLevel', vocab, unk_token: 'w0' };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ version: '1.0', added_tokens: [], model }));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }));
  writeFileSync(join(folder, 'README.md'), '# A model\n');
  return folder;
}

const cache = (): string => join(dir, 'home', 'hub');
const repository = (): string => join(cache(), 'models--acme--tiny');
const blobs = (): string[] => readdirSync(join(repository(), 'blobs'));
const PATIENCE = { waits: [5, 5, 5], silence: 800 };

function resolve(name = 'acme/tiny', options: ResolveOptions = {}): Promise<string> {
  return resolveModel(name, { persistence: PATIENCE, ...options });
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const code = (name: string): object => expect.objectContaining({ code: `TURNWISE_HUB_${name}` });

describe('folders', () => {
  it('are taken as they are, and nothing is asked', async () => {
    const folder = folderOf('qwen2-tied');
    expect(await resolve(folder)).toBe(folder);
    expect(hub.asked).toEqual([]);
  });

  it('go before models of the same name', async () => {
    mkdirSync(join(dir, 'acme', 'tiny'), { recursive: true });
    const before = process.cwd();
    process.chdir(dir);
    try {
      expect(await resolve('acme/tiny')).toBe('acme/tiny');
    } finally {
      process.chdir(before);
    }
  });

  it.each(['./missing', '../a/b', '/nowhere/at/all', '~/no-such-model', 'gpt2', 'a/b/c', '', 'a--b/c', 'a/..'])(
    '%j is no model',
    async (name) => {
      await expect(resolve(name)).rejects.toThrow(code('NOT_FOUND'));
      await expect(resolve(name)).rejects.toThrow(/no such folder, and it is no id .* owner\/name/);
      expect(hub.asked).toEqual([]);
    },
  );

  it('a file is no folder; a path through a file is none', async () => {
    const file = join(folderOf('qwen2-tied'), WEIGHTS);
    await expect(resolve(file)).rejects.toThrow(/it is a file\. Give the folder/);
    await expect(resolve(join(file, 'x'))).rejects.toThrow(code('NOT_FOUND'));
  });

  it('a folder that a crash left half replaced is put right', async () => {
    const made = folderOf('qwen2-tied');
    cpSync(made, join(dir, '.model.old'), { recursive: true });
    expect(readdirSync(await resolve(join(dir, 'model')))).toContain('config.json');
  });
});

describe('a download', () => {
  it('has what is needed to load the model, in the layout of the Python library', async () => {
    const made = folderOf('qwen2-sharded');
    const { commit, files } = hub.add('acme/tiny', made);
    const seen: DownloadProgress[] = [];
    const folder = await resolve('acme/tiny', { onProgress: (p) => seen.push(p) });
    expect(folder).toBe(join(repository(), 'snapshots', commit));
    expect(readFileSync(join(repository(), 'refs', 'main'), 'utf8')).toBe(commit);
    const names = readdirSync(folder).sort();
    expect(names).toEqual([
      'config.json',
      'generation_config.json',
      ...[1, 2, 3, 4].map((i) => `model-0000${i}-of-00004.safetensors`),
      'model.safetensors.index.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    for (const name of names) {
      expect(readFileSync(join(folder, name)), name).toEqual(files.get(name));
      expect(readlinkSync(join(folder, name))).toMatch(/^\.\.\/\.\.\/blobs\/(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
    }
    expect(blobs()).toHaveLength(names.length);
    expect(blobs()).toContain(sha256(files.get('model-00001-of-00004.safetensors')!));
    expect(readdirSync(join(cache(), '.locks', 'models--acme--tiny'))).toEqual([]);
    expect((await readModel(folder)).config.layers).toBeGreaterThan(0);

    const total = names.reduce((sum, name) => sum + files.get(name)!.length, 0);
    expect(seen.at(-1)).toMatchObject({ done: total, total, files: 9, filesDone: 9 });
    expect(seen.every((p, i) => i === 0 || p.done >= seen[i - 1].done)).toBe(true);
    // The index is read before the total is known; nothing is sent twice.
    expect(names.every((name) => hub.bytesOf(name) === files.get(name)!.length)).toBe(true);
  });

  it('is made once: the second call asks nothing, nor does one by commit', async () => {
    const { commit } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    const folder = await resolve();
    const asked = hub.asked.length;
    expect(await resolve()).toBe(folder);
    expect(await resolve('acme/tiny@main')).toBe(folder);
    expect(await resolve(`acme/tiny@${commit}`)).toBe(folder);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await resolve()).toBe(folder);
    expect(hub.asked).toHaveLength(asked);
  });

  it('of another revision takes the blobs that are there', async () => {
    const model = hub.add('acme/tiny', folderOf('qwen2-tied'));
    const folder = await resolve();
    hub.asked.length = 0;
    expect(await resolve('acme/tiny', { revision: model.commit.slice(0, 7) })).toBe(folder);
    hub.models.set('acme/tiny', { ...model, commit: 'c'.repeat(40) });
    model.files.set('config.json', Buffer.concat([model.files.get('config.json')!, Buffer.from(' ')]));
    expect(await resolve(`acme/tiny@${'c'.repeat(40)}`)).toBe(join(repository(), 'snapshots', 'c'.repeat(40)));
    expect(hub.asked.filter((a) => !['info', 'list'].includes(a.what)).map((a) => a.what)).toEqual(['config.json']);
  });

  it('takes the single file where there are no shards, and the shards where there are both', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-sharded'));
    files.set(WEIGHTS, Buffer.alloc(10));
    expect(existsSync(join(await resolve(), WEIGHTS))).toBe(false);
    hub.add('acme/other', folderOf('qwen2-tied'));
    expect(readdirSync(await resolve('acme/other')).filter((f) => f.endsWith('.safetensors'))).toEqual([WEIGHTS]);
  });

  it('takes an adapter and its weights', async () => {
    hub.add('acme/tiny', join(MODELS, 'qwen2-tied', 'adapter'));
    expect(readdirSync(await resolve()).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const asked = hub.asked.length;
    await resolve();
    expect(hub.asked).toHaveLength(asked);
  });

  it('of a snapshot that was cleared away, named by its folder', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    const folder = await resolve();
    rmSync(repository(), { recursive: true });
    expect(await resolve(folder)).toBe(folder);
  });

  it('takes empty files', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    files.set('merges.txt', Buffer.alloc(0));
    expect(readFileSync(join(await resolve(), 'merges.txt'))).toHaveLength(0);
  });
});

describe('a bad connection', () => {
  const size = (): number => hub.models.get('acme/tiny')!.files.get(WEIGHTS)!.length;
  const requests = (): (string | undefined)[] =>
    hub.asked.filter((a) => a.what === WEIGHTS && a.large).map((a) => a.range);
  beforeEach(() => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    const partial = join(repository(), 'blobs', `${sha256(files.get(WEIGHTS)!)}.incomplete`);
    hub.taken = (what) => (what === WEIGHTS ? (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) : Infinity);
  });

  it('that drops goes on where it was', async () => {
    hub.faults.set(WEIGHTS, [{ drop: 20_000 }, { drop: 30_000 }]);
    const folder = await resolve();
    expect(requests()).toEqual([undefined, 'bytes=20000-', 'bytes=50000-']);
    expect(hub.bytesOf(WEIGHTS)).toBe(size());
    expect(sha256(readFileSync(join(folder, WEIGHTS)))).toBe(
      blobs().find((b) => b.length === 64 && statSync(join(repository(), 'blobs', b)).size === size()),
    );
  });

  it('that drops more often than there are tries is gone on with while it gets further', async () => {
    hub.faults.set(
      WEIGHTS,
      Array.from({ length: 12 }, () => ({ drop: 5000 })),
    );
    await resolve();
    expect(requests()).toHaveLength(13);
    expect(hub.bytesOf(WEIGHTS)).toBe(size());
  });

  it('that brings nothing any more fails, and the next call goes on', async () => {
    hub.faults.set(WEIGHTS, [{ drop: 20_000 }, ...Array.from({ length: 3 }, () => ({ drop: 0 }))]);
    await expect(resolve()).rejects.toThrow(code('UNREACHABLE'));
    expect(blobs().filter((b) => b.endsWith('.incomplete'))).toHaveLength(1);
    hub.asked.length = 0;
    await resolve();
    expect(requests()).toEqual(['bytes=20000-']);
    expect(hub.bytesOf(WEIGHTS)).toBe(size() - 20_000);
    expect(hub.bytesOf('config.json')).toBe(0);
    expect(blobs().filter((b) => b.endsWith('.incomplete'))).toEqual([]);
  });

  it('that goes silent is given up and tried again', async () => {
    hub.faults.set(WEIGHTS, [{ hang: 20_000 }]);
    await resolve();
    expect(requests()).toEqual([undefined, 'bytes=20000-']);
  });

  it('to a server that ignores Range starts over', async () => {
    hub.faults.set(WEIGHTS, [{ drop: 20_000 }, { ignoreRange: true }]);
    await resolve();
    expect(requests()).toEqual([undefined, 'bytes=20000-']);
    expect(hub.bytesOf(WEIGHTS)).toBe(size() + 20_000);
  });

  it('to a server that knows no such range starts over', async () => {
    hub.faults.set(WEIGHTS, [{ drop: 20_000 }, { status: 416 }]);
    await resolve();
    expect(requests()).toEqual([undefined, 'bytes=20000-', undefined]);
  });

  it.each([500, 502, 503, 429, 408])('status %i passes', async (status) => {
    for (const what of ['info', 'list', 'config.json', WEIGHTS]) hub.faults.set(what, [{ status }, { status }]);
    await resolve();
    expect([...hub.faults.values()].flat()).toEqual([]);
  });

  it('to a server that the hub referred to is made anew where the reference ran out', async () => {
    hub.faults.set(WEIGHTS, [{ drop: 20_000 }, { status: 403 }, { status: 404 }]);
    await resolve();
    expect(hub.bytesOf(WEIGHTS)).toBe(size());
    expect(hub.asked.filter((a) => a.what === WEIGHTS && !a.large)).toHaveLength(4);
  });

  it('waits as long as Retry-After says, and gives up where that is too long', async () => {
    hub.faults.set('info', [{ status: 429, headers: { 'Retry-After': '1' } }]);
    const start = performance.now();
    await resolve();
    expect(performance.now() - start).toBeGreaterThan(990);
    rmSync(repository(), { recursive: true });
    hub.faults.set('info', [{ status: 429, headers: { 'Retry-After': '3600' } }]);
    await expect(resolve()).rejects.toThrow(/status 429 \(too many requests\)/);
  });

  it('status 500 that does not pass fails', async () => {
    hub.faults.set(
      'list',
      Array.from({ length: 9 }, () => ({ status: 500 })),
    );
    await expect(resolve()).rejects.toThrow(code('UNREACHABLE'));
  });

  it('drops in the list are tried again', async () => {
    hub.faults.set('list', [{ drop: 10 }, { drop: 10 }]);
    await resolve();
  });
});

describe('a checksum', () => {
  beforeEach(() => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
  });

  it.each([WEIGHTS, 'config.json'])('of %s that is wrong removes the file and says so', async (name) => {
    hub.faults.set(name, [{ corrupt: true }]);
    await expect(resolve()).rejects.toThrow(code('CHECKSUM'));
    expect(blobs().filter((b) => b.endsWith('.incomplete'))).toEqual([]);
    const folder = await resolve();
    expect(readFileSync(join(folder, name))).toEqual(hub.models.get('acme/tiny')!.files.get(name));
  });

  it('that is wrong since an old piece was spoilt: once more from the start', async () => {
    const content = hub.models.get('acme/tiny')!.files.get(WEIGHTS)!;
    const partial = join(repository(), 'blobs', `${sha256(content)}.incomplete`);
    for (const spoilt of [Buffer.alloc(1000), Buffer.alloc(content.length), Buffer.alloc(content.length + 5)]) {
      mkdirSync(dirname(partial), { recursive: true });
      writeFileSync(partial, spoilt);
      const folder = await resolve();
      expect(readFileSync(join(folder, WEIGHTS))).toEqual(content);
      rmSync(repository(), { recursive: true });
    }
  });

  it('a file longer than announced is refused', async () => {
    const model = hub.models.get('acme/tiny')!;
    hub.models.set('acme/tiny', { ...model, entries: { 'config.json': { size: 10 } } });
    await expect(resolve()).rejects.toThrow(/more bytes of config.json came than its 10/);
    expect(blobs().filter((b) => b.endsWith('.incomplete'))).toEqual([]);
  });
});

describe('refusals', () => {
  it('an unknown model, an unknown revision', async () => {
    await expect(resolve()).rejects.toThrow(code('NOT_FOUND'));
    await expect(resolve()).rejects.toThrow(/^acme\/tiny: there is no such folder, and http:.* has no such model/);
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    await expect(resolve('acme/tiny@v9')).rejects.toThrow(/no such revision; http:.*\/acme\/tiny\/tree\/main/);
    await expect(resolve('acme/tiny@../../etc')).rejects.toThrow(/is no revision/);
  });

  it('gated and private models, and tokens', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.token = { value: 'hf_right', status: 401, code: 'GatedRepo' };
    await expect(resolve()).rejects.toThrow(code('ACCESS'));
    await expect(resolve()).rejects.toThrow(/Accept the licence on http:.*\/acme\/tiny, .* set HF_TOKEN/);
    hub.token = { value: 'hf_right', status: 403 };
    await expect(resolve('acme/tiny', { token: 'hf_wrong' })).rejects.toThrow(/the token that is set was not enough/);
    hub.token = { value: 'hf_right', status: 401, code: 'RepoNotFound' };
    await expect(resolve()).rejects.toThrow(/no such model for you\. Check the spelling; if it is private/);
    hub.token = { value: 'hf_right', status: 401 };
    await expect(resolve('acme/tiny', { token: 'hf_wrong' })).rejects.toThrow(/does not accept your token/);
    hub.asked.length = 0;
    vi.stubEnv('HF_TOKEN', 'hf_right');
    await resolve();
    // Only the hub sees the token.
    expect(new Set(hub.asked.map((a) => `${a.large} ${a.authorization}`))).toEqual(
      new Set(['false Bearer hf_right', 'true undefined']),
    );
  });

  it('the token that a login keeps is used', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.token = { value: 'hf_kept', status: 401 };
    mkdirSync(join(dir, 'home'));
    writeFileSync(join(dir, 'home', 'token'), 'hf_kept\n');
    await resolve();
  });

  it('no network', async () => {
    await expect(resolve('acme/tiny', { hubUrl: 'http://127.0.0.1:9' })).rejects.toThrow(code('UNREACHABLE'));
    await expect(resolve('acme/tiny', { hubUrl: 'http://no-such-host.invalid' })).rejects.toThrow(
      /the connection to http:\/\/no-such-host\.invalid failed \(E\w+\)\. Check the network/,
    );
  });

  it('offline', async () => {
    const { commit } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    vi.stubEnv('HF_HUB_OFFLINE', 'true');
    await expect(resolve()).rejects.toThrow(code('OFFLINE'));
    expect(hub.asked).toEqual([]);
    vi.stubEnv('HF_HUB_OFFLINE', '0');
    await resolve();
    vi.stubEnv('HF_HUB_OFFLINE', 'YES');
    rmSync(join(repository(), 'snapshots', commit, 'tokenizer.json'));
    await expect(resolve()).rejects.toThrow(/lacks tokenizer\.json\. HF_HUB_OFFLINE forbids/);
  });

  it('what answers but is no hub', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.faults.set('info', [{ drop: 0 }, { status: 418 }]);
    await expect(resolve()).rejects.toThrow(/does not answer as a hub does \(status 418\)/);
    hub.models.set('acme/tiny', { ...hub.models.get('acme/tiny')!, commit: '../../x' });
    await expect(resolve()).rejects.toThrow(/is no commit/);
  });

  it('too little space, before anything is downloaded', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'), { [WEIGHTS]: { lfs: { oid: 'a'.repeat(64), size: 8e15 } } });
    await expect(resolve()).rejects.toThrow(code('NO_SPACE'));
    await expect(resolve()).rejects.toThrow(/8000000\.0 GB are to be downloaded, but the disk of .* has \d/);
    expect(blobs()).toEqual([]);
  });

  it('weights in other formats only, no tokenizer, an index without its shards', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-sharded'));
    files.delete('model-00002-of-00004.safetensors');
    await expect(resolve()).rejects.toThrow(/has no model-00002-of-00004\.safetensors/);
    files.delete('model.safetensors.index.json');
    files.set('pytorch_model.bin', Buffer.alloc(10));
    await expect(resolve()).rejects.toThrow(code('UNSUITABLE'));
    await expect(resolve()).rejects.toThrow(/other formats \(pytorch_model\.bin\).*convert it with transformers/);
    files.delete('tokenizer.json');
    await expect(resolve()).rejects.toThrow(/has no tokenizer\.json/);
    expect(blobs().filter((b) => b.length === 64 && !b.endsWith('.incomplete'))).toHaveLength(1);
  });

  it.each([
    ['a name', { path: '../../../evil.safetensors' }],
    ['a name with a folder', { path: 'a/b.safetensors' }],
    ['a name of Windows', { path: '..\\evil.json' }],
    ['a checksum', { oid: '../../../../evil' }],
    ['a large file’s checksum', { lfs: { oid: '/etc/evil', size: 5 } }],
    ['a negative size', { size: -1 }],
    ['a broken size', { size: '12' }],
  ])('%s that leads out of the cache or cannot be', async (_, entry) => {
    hub.add('acme/tiny', folderOf('qwen2-tied'), { 'config.json': entry });
    await expect(resolve()).rejects.toThrow(code('ANSWER'));
    expect(hub.asked.map((a) => a.what)).not.toContain('config.json');
    expect(readdirSync(dir).filter((name) => name.includes('evil'))).toEqual([]);
  });

  it('an index that names files elsewhere', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-sharded'));
    for (const name of ['../x.safetensors', 'a/x.safetensors', '/x.safetensors', 'x.bin', 7]) {
      files.set('model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: { a: name } })));
      await expect(resolve(), String(name)).rejects.toThrow(code('ANSWER'));
    }
  });
});

describe('a cache that Python made', () => {
  /** As huggingface_hub lays it out: refs without a line end, relative links. */
  function lay(root: string, made: string, commit: string): string {
    const folder = join(root, 'models--acme--tiny');
    const snapshot = join(folder, 'snapshots', commit);
    for (const f of [join(folder, 'blobs'), join(folder, 'refs'), snapshot]) mkdirSync(f, { recursive: true });
    writeFileSync(join(folder, 'refs', 'main'), commit);
    for (const name of readdirSync(made)) {
      const content = readFileSync(join(made, name));
      const etag =
        content.length > 3000
          ? sha256(content)
          : createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      writeFileSync(join(folder, 'blobs', etag), content);
      symlinkSync(`../../blobs/${etag}`, join(snapshot, name));
    }
    return snapshot;
  }

  it.each(['qwen2-tied', 'qwen2-sharded'])('is used, and nothing is asked: %s', async (name) => {
    const made = folderOf(name);
    rmSync(join(made, 'adapter'), { recursive: true, force: true });
    const snapshot = lay(cache(), made, 'd'.repeat(40));
    expect(await resolve()).toBe(snapshot);
    const elsewhere = lay(join(dir, 'elsewhere'), made, 'e'.repeat(40));
    expect(await resolve('acme/tiny', { cacheDir: join(dir, 'elsewhere') })).toBe(elsewhere);
    vi.stubEnv('HF_HUB_CACHE', join(dir, 'elsewhere'));
    expect(await resolve()).toBe(elsewhere);
    expect(hub.asked).toEqual([]);
  });

  it('that lacks a file gets that file', async () => {
    const made = folderOf('qwen2-tied');
    rmSync(join(made, 'adapter'), { recursive: true });
    const { commit } = hub.add('acme/tiny', made);
    const snapshot = lay(cache(), made, commit);
    // The blob is gone, its link is not.
    rmSync(join(repository(), 'blobs', sha256(readFileSync(join(made, WEIGHTS)))));
    expect(await resolve()).toBe(snapshot);
    expect(hub.asked.map((a) => a.what).filter((w) => w.includes('.'))).toEqual([WEIGHTS, WEIGHTS]);
  });
});

describe('several processes', () => {
  const MODULE = new URL('./resolve-model.ts', import.meta.url).href;
  function start(): ChildProcess {
    const script = `import { resolveModel } from ${JSON.stringify(MODULE)}; console.log(await resolveModel('acme/tiny'));`;
    return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
  async function output(child: ChildProcess): Promise<string> {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += chunk;
    });
    const [status] = await once(child, 'close');
    expect(status).toBe(0);
    return text.trim();
  }
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await sleep(5);
  }

  it('download a model once', async () => {
    const { commit, files } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.faults.set(WEIGHTS, [{ slow: 50 }]);
    const folders = await Promise.all([output(start()), output(start()), resolveModel('acme/tiny')]);
    expect(new Set(folders)).toEqual(new Set([join(repository(), 'snapshots', commit)]));
    expect(hub.bytesOf(WEIGHTS)).toBe(files.get(WEIGHTS)!.length);
    expect(readFileSync(join(folders[0], WEIGHTS))).toEqual(files.get(WEIGHTS));
  });

  it('one that is killed leaves what it had, and the next goes on there', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    const size = files.get(WEIGHTS)!.length;
    hub.faults.set(WEIGHTS, [{ slow: 60 }]);
    const child = start();
    await until(() => hub.bytesOf(WEIGHTS) >= 8 * PIECE);
    child.kill('SIGKILL');
    await once(child, 'close');
    const partial = join(repository(), 'blobs', blobs().find((b) => b.endsWith('.incomplete'))!);
    const there = statSync(partial).size;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(size);
    // Its lock is still there, and would be waited for 10 s.
    const lock = join(cache(), '.locks', 'models--acme--tiny', 'turnwise.lock');
    utimesSync(lock, new Date(), new Date(Date.now() - 11_000));
    hub.asked.length = 0;
    let waited = 0;
    const folder = await resolve('acme/tiny', { onWait: () => waited++ });
    expect(waited).toBe(0);
    expect(hub.bytesOf(WEIGHTS)).toBe(size - there);
    expect(readFileSync(join(folder, WEIGHTS))).toEqual(files.get(WEIGHTS));
    expect(existsSync(lock)).toBe(false);
  });

  it('a lock is stale when its holder is silent for long, whoever that is, and else waited for until a stop', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    const lock = join(cache(), '.locks', 'models--acme--tiny', 'turnwise.lock');
    mkdirSync(dirname(lock), { recursive: true });
    for (const [host, age, stale] of [
      [hostname(), 30_000, false],
      ['elsewhere', 30_000, false],
      ['elsewhere', 61_000, true],
    ] as const) {
      writeFileSync(lock, JSON.stringify({ pid: process.pid, host, key: 'x' }));
      utimesSync(lock, new Date(), new Date(Date.now() - age));
      const waiting = resolve('acme/tiny', { signal: AbortSignal.timeout(600) });
      if (stale) await waiting;
      else await expect(waiting).rejects.toThrow(/timeout/);
      expect(existsSync(lock)).toBe(!stale);
    }
  });

  it('a stop keeps what is there', async () => {
    const { files } = hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.faults.set(WEIGHTS, [{ slow: 100 }]);
    const controller = new AbortController();
    const stopped = resolve('acme/tiny', { signal: controller.signal });
    stopped.catch(() => undefined);
    await until(() => hub.bytesOf(WEIGHTS) >= 5 * PIECE);
    const asked = performance.now();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(performance.now() - asked).toBeLessThan(1000);
    const [partial] = blobs().filter((b) => b.endsWith('.incomplete'));
    const there = statSync(join(repository(), 'blobs', partial)).size;
    expect(there).toBeGreaterThan(3 * PIECE);
    hub.asked.length = 0;
    await resolve();
    expect(hub.bytesOf(WEIGHTS)).toBe(files.get(WEIGHTS)!.length - there);
  });

  it('a stop while waiting for a server that is overloaded', async () => {
    hub.add('acme/tiny', folderOf('qwen2-tied'));
    hub.faults.set('info', [{ status: 503, headers: { 'Retry-After': '60' } }]);
    await expect(resolve('acme/tiny', { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
  });
});
