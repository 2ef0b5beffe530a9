import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { createJiti } from 'jiti';
import { parse } from 'yaml';
import { z } from 'zod';
import { nearestName } from '../text/nearest-name.ts';

/** A configuration that cannot be used: which key, what was found, what would be right. */
export class ConfigError extends Error {
  readonly code = 'TURNWISE_CONFIG';
  override readonly name = 'ConfigError';
}

type Tree = { [key: string]: unknown };

/**
 * Reads a configuration and checks it against `schema`.
 *
 * @param sources later ones win: a preset (which may look at what the user wrote), the file, what was written elsewhere, single `key=value` settings
 * @throws ConfigError naming the key and, for an unknown one, the nearest that exists
 */
export async function loadConfig<S extends z.ZodType>(
  schema: S,
  sources: {
    readonly preset?: (written: unknown) => object;
    readonly file?: string;
    readonly written?: Readonly<Record<string, unknown>>;
    readonly settings?: readonly string[];
  },
): Promise<z.infer<S>> {
  const written: Tree = {};
  if (sources.file !== undefined) merge(written, await readConfigFile(sources.file));
  if (sources.written !== undefined) merge(written, structuredClone(sources.written));
  for (const setting of sources.settings ?? []) applySetting(written, setting);
  const tree = structuredClone(sources.preset?.(written) ?? {}) as Tree;
  merge(tree, written);
  return checkConfig(schema, tree);
}

/** Checks a tree of values. @throws ConfigError */
export function checkConfig<S extends z.ZodType>(schema: S, tree: unknown): z.infer<S> {
  const result = schema.safeParse(tree);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .map((key) => `unknown key ${[...path, key].join('.')}${suggestion(schema, path, key)}`)
        .join('; ');
    }
    const given = path.reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree);
    return `${path.join('.') || 'the configuration'}: ${issue.message}${given === undefined ? '' : `, got ${JSON.stringify(given)}`}`;
  });
  throw new ConfigError(lines.join('\n'));
}

function suggestion(schema: z.ZodType, path: readonly string[], key: string): string {
  const known = keysAt(schema, path);
  if (known.length === 0) return '';
  const near = nearestName(key, known);
  if (near !== undefined) return `; did you mean ${[...path, near].join('.')}?`;
  return `; there are ${known.join(', ')}`;
}

/** Keys of the object schema at `path`, through defaults and optionals. */
function keysAt(schema: z.ZodType, path: readonly string[]): string[] {
  let at: z.ZodType | undefined = schema;
  for (const key of [...path, undefined]) {
    while (at instanceof z.ZodPrefault || at instanceof z.ZodDefault || at instanceof z.ZodOptional) {
      at = at.unwrap() as z.ZodType;
    }
    if (!(at instanceof z.ZodObject)) return [];
    if (key === undefined) return Object.keys(at.shape);
    at = at.shape[key] as z.ZodType | undefined;
  }
  return [];
}

async function readConfigFile(file: string): Promise<Tree> {
  const path = resolve(file);
  let value: unknown;
  try {
    if (['.ts', '.mts', '.js', '.mjs'].includes(extname(path))) {
      value = await createJiti(import.meta.url).import(path, { default: true });
    } else {
      value = parse(await readFile(path, 'utf8'));
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ConfigError(`cannot read the configuration ${file}: ${reason}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(`the configuration ${file} must be a mapping of keys to values`);
  }
  return value as Tree;
}

/** Settings `key=value` alone, as a tree. @throws ConfigError */
export function parseSettings(settings: readonly string[]): Record<string, unknown> {
  const tree: Tree = {};
  for (const setting of settings) applySetting(tree, setting);
  return tree;
}

/** Applies `a.b.c=value`; the value is read as YAML, so numbers, booleans and lists work. */
function applySetting(tree: Tree, setting: string): void {
  const equals = setting.indexOf('=');
  if (equals < 1) throw new ConfigError(`--set ${setting}: write key=value, for example --set rollout.groupSize=16`);
  const path = setting.slice(0, equals).split('.');
  let value: unknown;
  try {
    value = parse(setting.slice(equals + 1));
  } catch {
    value = setting.slice(equals + 1);
  }
  let at = tree;
  for (const key of path.slice(0, -1)) {
    if (!Object.hasOwn(at, key) || !isTree(at[key])) define(at, key, {});
    at = at[key] as Tree;
  }
  define(at, path[path.length - 1], value);
}

/** Sets an own property whatever its name: `__proto__` is a key like any other, and then an unknown one. */
function define(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });
}

function merge(into: Tree, from: Tree): void {
  for (const [key, value] of Object.entries(from)) {
    const mine = Object.hasOwn(into, key) ? into[key] : undefined;
    if (isTree(value) && isTree(mine)) merge(mine, value);
    else define(into, key, value);
  }
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
