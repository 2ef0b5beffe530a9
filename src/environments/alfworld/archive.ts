import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { AlfworldDataError } from './errors.ts';

/** Files of a data set, in a zip or in a folder, under their paths inside it. */
export interface Archive {
  readonly path: string;
  readonly files: readonly string[];
  read(file: string): Promise<string>;
  close(): void;
}

/** A game file is some 80 kB; one that claims more than this is not read. */
const LARGEST = 64 << 20;

/** @throws AlfworldDataError when there is neither a zip nor a folder */
export async function openArchive(path: string): Promise<Archive> {
  let info: Awaited<ReturnType<typeof stat>>;
  try {
    info = await stat(path);
  } catch (error) {
    throw new AlfworldDataError(
      path,
      'there is no such file or folder. Give the path of the official json_2.1.x_tw-pddl.zip, or of the folder it unpacks to.',
      { cause: error },
    );
  }
  return info.isDirectory() ? openFolder(path) : openZip(path);
}

async function openFolder(path: string): Promise<Archive> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((e) => e.isFile())
    .map((e) => relative(path, join(e.parentPath, e.name)).split(sep).join('/'));
  return {
    path,
    files,
    read: async (file) => {
      const full = join(path, file);
      if ((await stat(full)).size > LARGEST) throw new AlfworldDataError(full, `it is larger than ${LARGEST >> 20} MB`);
      return readFile(full, 'utf8');
    },
    close: () => {},
  };
}

function openZip(path: string): Promise<Archive> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) {
        reject(
          new AlfworldDataError(path, `it cannot be read as a zip (${error.message}). Download it again.`, {
            cause: error,
          }),
        );
        return;
      }
      const entries = new Map<string, yauzl.Entry>();
      zip.on('entry', (entry) => {
        if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
        zip.readEntry();
      });
      zip.on('error', (e) => {
        zip.close();
        reject(new AlfworldDataError(path, `its directory is broken (${e.message}). Download it again.`, { cause: e }));
      });
      zip.on('end', () =>
        resolve({
          path,
          files: [...entries.keys()],
          read: (file) => readEntry(path, zip, entries.get(file), file),
          close: () => zip.close(),
        }),
      );
      zip.readEntry();
    });
  });
}

function readEntry(path: string, zip: yauzl.ZipFile, entry: yauzl.Entry | undefined, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string, cause?: Error): void =>
      reject(new AlfworldDataError(`${path}: ${file}`, problem, { cause }));
    if (!entry) return fail('there is no such file in it');
    if (entry.uncompressedSize > LARGEST) return fail(`it is larger than ${LARGEST >> 20} MB`);
    zip.openReadStream(entry, (error, stream) => {
      if (error) return fail(`it cannot be unpacked (${error.message})`, error);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (e) => fail(`it cannot be unpacked (${e.message})`, e));
      stream.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (crc32(bytes) !== entry.crc32)
          return fail('it is damaged: its checksum is wrong. Download the archive again');
        resolve(bytes.toString('utf8'));
      });
    });
  });
}
