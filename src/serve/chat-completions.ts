import { randomUUID } from 'node:crypto';
import { AnswerReader } from './answer-reader.ts';
import { ApiError } from './api-error.ts';
import type { ChatFormat } from './chat-format.ts';
import { type ChatParameters, chatParameters, checkTogether, messagesOf, toolsOf } from './chat-parameters.ts';
import type { CompletionTask, FinishedCompletion, Piece } from './complete.ts';
import { completeAll, type Exchange, tellDropped, usageOf } from './exchange.ts';
import { fitPrompt } from './fit-prompt.ts';
import { chatLogprobs } from './logprobs.ts';
import { parseParameters } from './parameters.ts';
import { EventStream, sendJson } from './respond.ts';
import { samplingOf } from './sampling-parameters.ts';
import type { ServedModel } from './served-model.ts';

/** Answers `POST /v1/chat/completions`. */
export async function answerChat(exchange: Exchange, body: unknown): Promise<void> {
  const { model, limits, response } = exchange;
  const p = parseParameters(chatParameters, body);
  checkTogether(p);
  const sampling = samplingOf(model, p);
  const chat = chatOf(model);
  const tools = toolsOf(p);
  const wanted = p.max_completion_tokens ?? p.max_tokens;
  const encoded = chat.encode(messagesOf(p), {
    ...(tools.length > 0 && { tools }),
    ...(p.chat_template_kwargs && { variables: p.chat_template_kwargs }),
  });
  const { prompt, maxTokens, dropped } = fitPrompt(model, encoded, wanted, limits);
  const tasks: CompletionTask[] = Array.from({ length: p.n }, (_, place) => {
    const { temperature, topP, stop } = sampling;
    return {
      prompt,
      maxTokens,
      temperature,
      topP,
      stop,
      seed: sampling.seed(place, p.n),
      topLogprobs: p.top_logprobs ?? 0,
    };
  });
  tellDropped(response, dropped);
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: model.name };
  const promptIds = p.return_token_ids && { prompt_token_ids: [...prompt] };
  const answers = tasks.map(() => new AnswerReader(tools.length > 0 ? chat : undefined));
  const choices = new ChatChoices(model, p, answers);
  if (!p.stream) {
    const finished = await completeAll(exchange, tasks, { piece: (place, { text }) => answers[place].push(text) });
    sendJson(response, {
      ...head,
      object: 'chat.completion',
      choices: finished.map((f, place) => ({ ...choices.whole(place, f), ...promptIds })),
      usage: usageOf(prompt.length, finished),
      ...promptIds,
    });
    return;
  }
  const withUsage = p.stream_options?.include_usage === true;
  const chunk = { ...head, object: 'chat.completion.chunk' };
  let stream: EventStream | undefined;
  const send = (choice: object): void =>
    stream?.send({ ...chunk, choices: [choice], ...(withUsage && { usage: null }) });
  const finished = await completeAll(exchange, tasks, {
    start: () => {
      stream = new EventStream(response);
      for (let place = 0; place < p.n; place++) send({ ...choices.first(place), ...promptIds });
    },
    piece: (place, piece) => {
      const content = answers[place].push(piece.text);
      if (content !== '' || (p.logprobs && piece.tokens.length > 0) || p.return_token_ids) {
        send(choices.piece(place, content, piece));
      }
    },
    finish: (place, f) => {
      for (const choice of choices.last(place, f)) send(choice);
    },
  });
  if (withUsage) stream?.send({ ...chunk, choices: [], usage: usageOf(prompt.length, finished) });
  stream?.end();
}

/** @throws ApiError 400 where the model has no chat template */
function chatOf({ chat, name }: ServedModel): ChatFormat {
  if (chat) return chat;
  throw new ApiError(
    `${name} has no chat template, so messages cannot become a prompt. Use /v1/completions, or start the server with --template FILE.`,
    { status: 400, param: 'messages', reason: 'no_chat_template' },
  );
}

/** Writes choices, whole or in pieces. */
class ChatChoices {
  private readonly model: ServedModel;
  private readonly p: ChatParameters;
  private readonly answers: readonly AnswerReader[];

  constructor(model: ServedModel, p: ChatParameters, answers: readonly AnswerReader[]) {
    this.model = model;
    this.p = p;
    this.answers = answers;
  }

  whole(place: number, finished: FinishedCompletion): object {
    const { content, toolCalls } = this.answers[place].end();
    return {
      index: place,
      message: {
        role: 'assistant',
        content: content === '' && toolCalls.length > 0 ? null : content,
        refusal: null,
        ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      },
      logprobs: this.logprobs(finished),
      finish_reason: finishReason(finished, toolCalls.length),
      ...(this.p.return_token_ids && { token_ids: finished.ids }),
    };
  }

  first(place: number): object {
    return { index: place, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null };
  }

  piece(place: number, content: string, piece: Piece): object {
    return {
      index: place,
      delta: content === '' ? {} : { content },
      logprobs: this.logprobs(piece),
      finish_reason: null,
      ...(this.p.return_token_ids && { token_ids: piece.ids }),
    };
  }

  /** The rest of the content, the tool calls, and why it ended. */
  last(place: number, finished: FinishedCompletion): object[] {
    const { rest, toolCalls } = this.answers[place].end();
    const deltas: object[] = [
      ...(rest === '' ? [] : [{ content: rest }]),
      ...toolCalls.map((call, index) => ({ tool_calls: [{ index, ...call }] })),
    ];
    const choices = deltas.map((delta) => ({ index: place, delta, logprobs: null, finish_reason: null }));
    const finish_reason = finishReason(finished, toolCalls.length);
    return [...choices, { index: place, delta: {}, logprobs: null, finish_reason }];
  }

  private logprobs({ tokens }: Pick<Piece, 'tokens'>): object | null {
    return this.p.logprobs ? chatLogprobs(this.model.policy.codec, tokens) : null;
  }
}

function finishReason({ finish }: FinishedCompletion, toolCalls: number): string {
  return finish === 'stop' && toolCalls > 0 ? 'tool_calls' : finish;
}
