import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../nn/files/atomic.ts';
import { DiskError } from '../nn/files/disk-error.ts';
import { missingFiles } from './model-files.ts';
import { isCommit } from './model-id.ts';

/**
 * A model's part of the cache that all Hugging Face libraries share:
 *
 *     models--OWNER--NAME/refs/REVISION            the commit it was when last asked
 *     models--OWNER--NAME/blobs/ETAG               contents, named after their checksums
 *     models--OWNER--NAME/blobs/ETAG.incomplete    what a download has of one so far
 *     models--OWNER--NAME/snapshots/COMMIT/FILE    links to blobs
 *     .locks/models--OWNER--NAME/turnwise.lock     held while we download
 */
export class ModelCache {
  /** The cache of all models. */
  readonly root: string;
  readonly folder: string;
  readonly lock: string;

  constructor(root: string, model: string) {
    const name = `models--${model.replace('/', '--')}`;
    this.root = root;
    this.folder = join(root, name);
    this.lock = join(root, '.locks', name, 'turnwise.lock');
  }

  blob(etag: string): string {
    return join(this.folder, 'blobs', etag);
  }

  partial(etag: string): string {
    return join(this.folder, 'blobs', `${etag}.incomplete`);
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** The commit that a revision was when it was last asked for; undefined if it never was. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** What a revision lacks to be loaded: empty for nothing, undefined where nothing is known of it. */
  async missing(revision: string): Promise<{ folder: string; files: string[] } | undefined> {
    const commit = await this.commitOf(revision);
    if (commit === undefined) return undefined;
    const folder = this.snapshot(commit);
    return { folder, files: await missingFiles(folder) };
  }

  /** The snapshot of a revision, where it has all that is needed to load it. */
  async complete(revision: string): Promise<string | undefined> {
    const found = await this.missing(revision);
    return found?.files.length === 0 ? found.folder : undefined;
  }

  /** @throws DiskError */
  async create(): Promise<void> {
    await writing(this.folder, async () => {
      for (const folder of [join(this.folder, 'blobs'), dirname(this.lock)]) await mkdir(folder, { recursive: true });
    });
  }

  /** @throws DiskError */
  async setCommit(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return;
    const file = join(this.folder, 'refs', revision);
    await writing(file, () => mkdir(dirname(file), { recursive: true }));
    await writeFileAtomic(file, commit);
  }

  /**
   * Puts a blob into a snapshot under the name of a file.
   *
   * @throws DiskError
   */
  async link(commit: string, name: string, etag: string): Promise<void> {
    const file = join(this.snapshot(commit), name);
    const temp = join(this.snapshot(commit), `.${name}.${randomUUID()}.tmp`);
    await writing(file, async () => {
      await mkdir(dirname(file), { recursive: true });
      try {
        // Windows lets few users make symbolic links, and some file systems have no links at all.
        await symlink(join('..', '..', 'blobs', etag), temp)
          .catch(() => link(this.blob(etag), temp))
          .catch(() => copyFile(this.blob(etag), temp));
        await rename(temp, file);
      } finally {
        await rm(temp, { force: true });
      }
    });
  }
}

async function writing(path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw DiskError.from(error, path);
  }
}
