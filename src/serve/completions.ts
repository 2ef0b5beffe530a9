import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { badParameter } from './api-error.ts';
import type { CompletionTask, FinishedCompletion, Piece } from './complete.ts';
import { completeAll, type Exchange, tellDropped, usageOf } from './exchange.ts';
import { fitPrompt } from './fit-prompt.ts';
import { textLogprobs } from './logprobs.ts';
import { parseParameters } from './parameters.ts';
import { EventStream, sendJson } from './respond.ts';
import { MOST_LOGPROBS, samplingOf, samplingParameters, tokenCount } from './sampling-parameters.ts';
import type { ServedModel } from './served-model.ts';

const ids = z.array(z.int().min(0)).min(1);

const schema = z.strictObject({
  ...samplingParameters,
  prompt: z.union(
    [z.string(), z.array(z.string()).min(1), ids, z.array(ids).min(1)],
    'a string, a list of strings, token ids or a list of lists of token ids',
  ),
  max_tokens: tokenCount.optional(),
  logprobs: z.int().min(0).max(MOST_LOGPROBS).optional(),
  echo: z.boolean().default(false),
});

type Parameters = z.infer<typeof schema>;

/** Answers `POST /v1/completions`. */
export async function answerCompletion(exchange: Exchange, body: unknown): Promise<void> {
  const { model, limits, response } = exchange;
  const p = parseParameters(schema, body);
  if (p.echo && p.logprobs !== undefined) {
    throw badParameter(
      'echo',
      '`echo` together with `logprobs` is not supported: prompts are not scored.',
      'unsupported_parameter',
    );
  }
  if (p.stream_options && !p.stream) {
    throw badParameter('stream_options', '`stream_options` is for streams; set `stream` to true.');
  }
  const sampling = samplingOf(model, p);
  const prompts = promptsOf(model, p.prompt);
  const fitted = prompts.map((prompt) => fitPrompt(model, prompt, p.max_tokens, limits));
  const places = prompts.length * p.n;
  const tasks: CompletionTask[] = Array.from({ length: places }, (_, place) => {
    const { prompt, maxTokens } = fitted[Math.floor(place / p.n)];
    const { temperature, topP, stop } = sampling;
    const seed = sampling.seed(place, places);
    return { prompt, maxTokens, temperature, topP, stop, seed, topLogprobs: p.logprobs ?? 0 };
  });
  tellDropped(
    response,
    fitted.reduce((sum, f) => sum + f.dropped, 0),
  );
  const promptTokens = fitted.reduce((sum, f) => sum + f.prompt.length, 0);
  const head = {
    id: `cmpl-${randomUUID()}`,
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model: model.name,
  };
  const choices = new Choices(model, p, tasks);
  if (!p.stream) {
    const finished = await completeAll(exchange, tasks);
    const usage = usageOf(promptTokens, finished);
    sendJson(response, { ...head, choices: finished.map((f, place) => choices.whole(place, f)), usage });
    return;
  }
  const withUsage = p.stream_options?.include_usage === true;
  let stream: EventStream | undefined;
  const send = (choice: object): void =>
    stream?.send({ ...head, choices: [choice], ...(withUsage && { usage: null }) });
  const finished = await completeAll(exchange, tasks, {
    start: () => {
      stream = new EventStream(response);
      if (p.echo || p.return_token_ids) for (let place = 0; place < places; place++) send(choices.first(place));
    },
    piece: (place, piece) => {
      if (piece.text !== '' || piece.tokens.length > 0 || p.return_token_ids) send(choices.piece(place, piece));
    },
    finish: (place, f) => send(choices.last(place, f)),
  });
  if (withUsage) stream?.send({ ...head, choices: [], usage: usageOf(promptTokens, finished) });
  stream?.end();
}

/** Writes choices, whole or in pieces. */
class Choices {
  private readonly model: ServedModel;
  private readonly p: Parameters;
  private readonly tasks: readonly CompletionTask[];

  constructor(model: ServedModel, p: Parameters, tasks: readonly CompletionTask[]) {
    this.model = model;
    this.p = p;
    this.tasks = tasks;
  }

  whole(place: number, finished: FinishedCompletion): object {
    const first = this.first(place);
    return {
      ...first,
      ...this.piece(place, { ...finished, text: first.text + finished.text }),
      finish_reason: finished.finish,
    };
  }

  /** What comes before the completion: the prompt, where it is wanted. */
  first(place: number): { readonly text: string } {
    const { prompt } = this.tasks[place];
    const text = this.p.echo ? this.model.policy.codec.decode(prompt) : '';
    const ids = this.p.return_token_ids && { prompt_token_ids: [...prompt], token_ids: [] };
    return { text, ...{ index: place, logprobs: null, finish_reason: null, ...ids } };
  }

  piece(place: number, { text, tokens, ids: sampled }: Piece): object {
    return {
      index: place,
      text,
      logprobs: this.p.logprobs === undefined ? null : textLogprobs(this.model.policy.codec, tokens),
      finish_reason: null,
      ...(this.p.return_token_ids && { token_ids: sampled }),
    };
  }

  last(place: number, { finish }: FinishedCompletion): object {
    return { index: place, text: '', logprobs: null, finish_reason: finish };
  }
}

/** @throws ApiError 400 for ids the model does not have */
function promptsOf({ policy, vocabSize }: ServedModel, prompt: Parameters['prompt']): Int32Array[] {
  const all: readonly (string | readonly number[])[] = isNested(prompt) ? prompt : [prompt];
  return all.map((one) => {
    if (typeof one === 'string') return policy.codec.encode(one);
    const unknown = one.find((id) => id >= vocabSize);
    if (unknown === undefined) return Int32Array.from(one);
    throw badParameter('prompt', `the prompt has the token id ${unknown}; the model has ids below ${vocabSize}.`);
  });
}

function isNested(prompt: Parameters['prompt']): prompt is string[] | number[][] {
  return Array.isArray(prompt) && typeof prompt[0] !== 'number';
}
