import { z } from 'zod';
import { EPISODE_SORTS } from '../api.ts';
import type { ViewerData } from '../data/viewer-data.ts';
import type { Endpoint } from '../endpoints.ts';
import { HttpError } from './http-error.ts';

const name = z.string().max(4096);
const count = z.number().int().min(0).max(1e9);
const file = { run: name, kind: name, iteration: count };

const episodes = z.strictObject({
  run: name,
  kind: name.optional(),
  iterationFrom: count.optional(),
  iterationTo: count.optional(),
  success: z.boolean().optional(),
  end: name.optional(),
  taskType: name.optional(),
  task: name.optional(),
  group: name.optional(),
  stepsFrom: count.optional(),
  stepsTo: count.optional(),
  text: name.optional(),
  sort: z.enum(EPISODE_SORTS),
  descending: z.boolean(),
  offset: count,
  limit: z.number().int().min(0).max(500),
});
const group = z.strictObject({ ...file, group: name, algorithm: name.optional() });
const text = z.strictObject({
  ...file,
  episode: name,
  step: count,
  field: z.enum(['observation', 'action', 'completion', 'prompt']),
});
const nothing = z.strictObject({});

/** What answers each endpoint, from an argument that may be anything. */
export const ANSWERS: Readonly<Record<Endpoint, (data: ViewerData, argument: unknown) => Promise<unknown>>> = {
  runs: (data, argument) => parse(nothing, argument) && data.runs(),
  curves: (data, argument) => data.curves(parse(z.array(name).max(10_000), argument)),
  episodes: (data, argument) => data.episodes(parse(episodes, argument)),
  facets: (data, argument) => data.facets(parse(name, argument)),
  group: (data, argument) => data.group(parse(group, argument)),
  text: (data, argument) => data.text(parse(text, argument)),
  algorithms: (data, argument) => parse(nothing, argument) && data.algorithms(),
};

/** @throws HttpError 400 naming the first field that is wrong */
function parse<T>(schema: z.ZodType<T>, argument: unknown): T {
  const result = schema.safeParse(argument);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const field = path.length === 0 ? 'The query' : `\`${path.join('.')}\` of the query`;
  throw new HttpError(400, 'TURNWISE_VIEWER_QUERY', `${field} is not what it must be: ${message}.`);
}
