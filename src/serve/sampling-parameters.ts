import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { deriveSeed, hash32 } from '../text/random.ts';
import { ApiError, badParameter } from './api-error.ts';
import type { ServedModel } from './served-model.ts';

const stop = z.string().min(1).max(1024);

/** What both kinds of completions take. */
export const samplingParameters = {
  model: z.string().optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  n: z.int().min(1).max(128).default(1),
  best_of: z.int().min(1).optional(),
  seed: z.int().optional(),
  stop: z.union([stop, z.array(stop).max(4)], 'a string or up to 4 strings, none of them empty').optional(),
  stream: z.boolean().default(false),
  stream_options: z
    .strictObject({ include_usage: z.boolean().default(false), include_obfuscation: z.boolean().optional() })
    .optional(),
  return_token_ids: z.boolean().default(false),
};

/** Number of tokens wanted. */
export const tokenCount = z.int().min(1);

/** Likeliest tokens told of every token, at most. */
export const MOST_LOGPROBS = 20;

const schema = z.strictObject(samplingParameters);
type SamplingParameters = z.infer<typeof schema>;

/** Below this the most likely token is taken: dividing by it would leave the range of float32. */
const COLDEST = 1e-4;

/** How the completions of one request are sampled. */
export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly stop: readonly string[];
  /**
   * Seed of the completion at a place, counted over all prompts and choices of the request. A request for a single one uses the seed as
   * it is.
   */
  seed(place: number, of: number): number;
}

/** @throws ApiError 404 for another model, 400 for `best_of` */
export function samplingOf(model: ServedModel, p: SamplingParameters): Sampling {
  checkModel(model, p.model);
  if (p.best_of !== undefined && p.best_of !== p.n) {
    throw badParameter('best_of', '`best_of` other than `n` is not supported. Leave it out.', 'unsupported_parameter');
  }
  const temperature = p.temperature ?? model.defaults.temperature;
  const seed = p.seed === undefined ? randomInt(2 ** 32) : seed32(p.seed);
  return {
    temperature: temperature < COLDEST ? 0 : temperature,
    topP: p.top_p ?? model.defaults.topP,
    stop: p.stop === undefined ? [] : [p.stop].flat(),
    seed: (place, of) => (of === 1 ? seed : deriveSeed(seed, 'choice', place)),
  };
}

function checkModel(model: ServedModel, name: string | undefined): void {
  if (name === undefined || name === model.name) return;
  throw unknownModel(model, name);
}

/** A request is for a model that is not served here. */
export function unknownModel(model: ServedModel, name: string): ApiError {
  return new ApiError(
    `there is no model ${JSON.stringify(name)} here; this server has ${JSON.stringify(model.name)}.`,
    {
      status: 404,
      type: 'not_found_error',
      param: 'model',
      reason: 'model_not_found',
    },
  );
}

/** 32 bits of any integer; those that have 32 bits stay as they are. */
function seed32(seed: number): number {
  return seed >= 0 && seed < 2 ** 32 ? seed : hash32(String(seed));
}
