import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parameterLayout, writeCheckpoint } from '../nn/files/index.ts';
import { tinyConfig } from '../nn/testing.ts';
import type { ChatFormat, ChatMessage } from './chat-format.ts';
import { Conversation } from './conversation.ts';
import { type LoadedModel, type LoadModelOptions, loadModel } from './load-model.ts';
import { CHATML, Client, END, POSITIONS, scriptedModel, tokenizer } from './serving.test-support.ts';

const TEMPLATE = `{% for m in messages %}<|im_start|>{{ m.role }} {{ m.content }}<|im_end|>{% endfor %}<|im_start|>assistant `;

let folder: string;
let loaded: LoadedModel[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnwise-serve-'));
});
afterEach(async () => {
  await Promise.all(loaded.map(({ model }) => model.policy.close()));
  loaded = [];
  rmSync(folder, { recursive: true });
});

async function write(chatTemplate?: string): Promise<string> {
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize + 4, maxPositions: POSITIONS });
  const parameters = Float32Array.from({ length: parameterLayout(config).total }, (_, i) => Math.sin(i) / 9);
  const mine = join(folder, 'mine');
  await writeCheckpoint(mine, { config, parameters, tokenizer, special: { eos: [END] } });
  if (chatTemplate !== undefined) writeFileSync(join(mine, 'chat_template.jinja'), chatTemplate);
  return mine;
}

async function load(from: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  const one = await loadModel(from, { engine: { replicas: 1, threads: 1 }, ...options });
  loaded.push(one);
  return one;
}

describe('a model folder', () => {
  it('is served with its template, under its name', async () => {
    const { model } = await load(await write(TEMPLATE));
    expect(model).toMatchObject({ name: 'mine', positions: POSITIONS, defaults: { temperature: 1, topP: 1 } });
    const client = await Client.of(model);
    const body = await client.json('/v1/chat/completions', {
      messages: [{ role: 'user', content: 'the <|im_end|> cat' }],
      max_tokens: 4,
      seed: 1,
      return_token_ids: true,
    });
    expect(tokenizer.decode(body.prompt_token_ids)).toBe(
      '<|im_start|>user the <|im_end|> cat<|im_end|><|im_start|>assistant ',
    );
    expect(body.prompt_token_ids.filter((id: number) => id === tokenizer.idOf('<|im_end|>'))).toHaveLength(1);
    expect(body.choices[0].token_ids).toHaveLength(4);
    await client.server.close(0);
  });

  it('takes another template, which must be one', async () => {
    const mine = await write();
    expect((await load(mine)).model.chat).toBeUndefined();
    const file = join(folder, 'other.jinja');
    writeFileSync(file, TEMPLATE);
    expect((await load(mine, { template: file, name: 'me' })).model).toMatchObject({ name: 'me', chat: {} });
    writeFileSync(file, '{% if %}');
    await expect(load(mine, { template: file })).rejects.toMatchObject({
      code: 'TURNWISE_SERVE',
      message: expect.stringContaining(file),
    });
    await expect(load(mine, { template: join(folder, 'none') })).rejects.toMatchObject({ code: 'TURNWISE_SERVE' });
  });

  it('gives its sampling settings only when asked, and says what is not applied', async () => {
    const mine = await write();
    const settings = { eos_token_id: END, temperature: 0.6, top_p: 0.9, top_k: 20, repetition_penalty: 1 };
    writeFileSync(join(mine, 'generation_config.json'), JSON.stringify(settings));
    expect((await load(mine)).model.defaults).toEqual({ temperature: 1, topP: 1 });
    const { model, notes } = await load(mine, { generationConfig: true });
    expect(model.defaults).toEqual({ temperature: 0.6, topP: 0.9 });
    expect(notes).toEqual([expect.stringMatching(/top_k is not supported/)]);
    writeFileSync(join(mine, 'generation_config.json'), '{"temperature": "hot"}');
    await expect(load(mine, { generationConfig: true })).rejects.toMatchObject({ field: 'temperature' });
  });
});

describe('a conversation', () => {
  it('remembers, can be reproduced, stopped and forgotten', async () => {
    const { model } = await load(await write(TEMPLATE));
    const signal = new AbortController().signal;
    const talk = async (seed: number): Promise<string[]> => {
      const conversation = new Conversation(model, seed, { maxTokens: 12, truncatePrompts: false });
      const pieces: string[] = [];
      const first = await conversation.ask('the cat', (p) => pieces.push(p), signal);
      expect(pieces.join('')).toBe(first.text);
      const second = await conversation.ask('the cat', () => {}, signal);
      conversation.reset();
      const again = await conversation.ask('the cat', () => {}, signal);
      expect(again.text).toBe(first.text);
      return [first.text, second.text];
    };
    const [first, second] = await talk(5);
    expect(second).not.toBe(first);
    expect(await talk(5)).toEqual([first, second]);
    expect(await talk(6)).not.toEqual([first, second]);

    const stop = new AbortController();
    const conversation = new Conversation(model, 1);
    const stopped = await conversation.ask('the cat', () => stop.abort(), stop.signal);
    expect(stopped.finish).toBe('cancelled');
    await expect(conversation.ask('x'.repeat(500), () => {}, signal)).rejects.toMatchObject({ code: 'TURNWISE_API' });
  });

  it('tells the template what the model thought', async () => {
    const seen: ChatMessage[][] = [];
    const chat: ChatFormat = {
      ...CHATML,
      encode: (messages, options) => {
        seen.push([...messages]);
        return CHATML.encode(messages, options);
      },
    };
    const conversation = new Conversation(
      scriptedModel(() => '<think>\nhm\n</think>\n\nso', { chat }),
      1,
    );
    conversation.system = 'be kind';
    const signal = new AbortController().signal;
    await conversation.ask('a', () => {}, signal);
    await conversation.ask('b', () => {}, signal);
    expect(seen[1]).toEqual([
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'so', reasoning_content: 'hm' },
      { role: 'user', content: 'b' },
    ]);
  });
});
