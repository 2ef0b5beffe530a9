import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trainBpe } from './bpe-trainer.ts';
import { type Checkpoint, namedTensors, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { DecoderConfig } from './model-config.ts';
import { parameterLayout } from './parameters.ts';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';
import { Tokenizer } from './tokenizer.ts';

const tokenizer = new Tokenizer(trainBpe(['put clean mug in shelf'], { wholeWordsFrom: 1 }), 'trained');

const config: DecoderConfig = {
  family: 'qwen2',
  hiddenSize: 10,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 6,
  ffnSize: 14,
  vocabSize: tokenizer.vocabSize + 5,
  ropeTheta: 10000,
  rmsNormEps: 1e-6,
  tiedEmbeddings: true,
  qkvBias: true,
  outputBias: false,
  mlpBias: false,
  qkNorm: false,
  maxPositions: 64,
};

function checkpoint(changes: Partial<DecoderConfig> = {}): Checkpoint {
  const changed = { ...config, ...changes };
  const { specs, total } = parameterLayout(changed);
  const parameters = new Float32Array(total);
  for (const { offset, size } of specs) for (let i = offset; i < offset + size; i++) parameters[i] = Math.sin(i);
  const end = tokenizer.idOf('<|endoftext|>');
  return { config: changed, parameters, tokenizer, special: { eos: [end, tokenizer.idOf('<|im_end|>')], pad: end } };
}

let dir: string;
let folder: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-checkpoint-'));
  folder = join(dir, 'model');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a folder that was written is read', () => {
  test.each<Partial<DecoderConfig>>([
    {},
    { tiedEmbeddings: false },
    { family: 'llama', qkvBias: false },
    { layers: 1, kvHeads: 2 },
  ])('%j', async (changes) => {
    const written = checkpoint(changes);
    await writeCheckpoint(folder, written);
    const read = await readCheckpoint(folder);
    expect(read.config).toEqual(written.config);
    expect(read.special).toEqual(written.special);
    expect(read.parameters).toEqual(written.parameters);
    expect(read.tokenizer.files).toEqual(tokenizer.files);
  });

  test('it has the files of a Hugging Face model, and the extra ones', async () => {
    await writeCheckpoint(folder, checkpoint(), async (temp) =>
      writeFileSync(join(temp, 'trainer.json'), '{"iteration":3}'),
    );
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'trainer.json',
    ]);
    const tensors = await readSafetensors(join(folder, 'model.safetensors'));
    expect([...tensors.keys()]).toEqual(parameterLayout(config).specs.map((s) => s.name));
    expect(tensors.get('model.layers.1.mlp.down_proj.weight')!.shape).toEqual([10, 14]);
  });

  test('the ids that end a text are those of generation_config.json', async () => {
    await writeCheckpoint(folder, checkpoint());
    const file = join(folder, 'generation_config.json');
    writeFileSync(file, '{"eos_token_id": 5}');
    expect((await readCheckpoint(folder)).special.eos).toEqual([5]);
    writeFileSync(file, '{"eos_token_id": "no"}');
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ file, field: 'eos_token_id' });
    unlinkSync(file);
    expect((await readCheckpoint(folder)).special).toEqual(checkpoint().special);
  });
});

describe('all or nothing', () => {
  test('an extra file that fails leaves the old folder', async () => {
    await writeCheckpoint(folder, checkpoint());
    const failing = writeCheckpoint(folder, checkpoint({ layers: 1 }), async () => {
      throw new Error('no optimizer');
    });
    await expect(failing).rejects.toThrow('no optimizer');
    expect((await readCheckpoint(folder)).config.layers).toBe(2);
    expect(readdirSync(dir)).toEqual(['model']);
  });

  test('a folder whose replacement was cut short between the renames is read', async () => {
    await writeCheckpoint(join(dir, '.model.old'), checkpoint());
    await writeCheckpoint(join(dir, 'other'), checkpoint({ layers: 1 }));
    renameSync(join(dir, 'other'), join(dir, '.model.new'));
    expect((await readCheckpoint(folder)).config.layers).toBe(1);
    expect(readdirSync(dir)).toEqual(['model']);
  });
});

describe('refused', () => {
  /** Rewrites the weights of a good folder. */
  async function withTensors(
    change: (tensors: Map<string, Tensor>) => void,
    changes: Partial<DecoderConfig> = {},
  ): Promise<void> {
    const good = checkpoint(changes);
    await writeCheckpoint(folder, good);
    const tensors = namedTensors(good.config, good.parameters, 'x');
    change(tensors);
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  }
  const weights = (): string => join(folder, 'model.safetensors');
  const tensor = 'model.layers.1.self_attn.k_proj.weight';

  test('another shape: tensor, expected and found', async () => {
    await withTensors((t) => t.set(tensor, { dtype: 'F32', shape: [10, 6], data: new Float32Array(60) }));
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'TURNWISE_CHECKPOINT',
      file: weights(),
      tensor,
    });
    await expect(readCheckpoint(folder)).rejects.toThrow(
      `tensor "${tensor}": expected shape [6,10] from config.json, found [10,6]`,
    );
  });

  test('a missing tensor', async () => {
    await withTensors((t) => t.delete(tensor));
    await expect(readCheckpoint(folder)).rejects.toThrow(
      `tensor "${tensor}": it is missing; config.json asks for shape [6,10]`,
    );
  });

  test('a tensor of no use', async () => {
    await withTensors((t) => t.set('model.adapter', { dtype: 'F32', shape: [1], data: new Float32Array(1) }));
    await expect(readCheckpoint(folder)).rejects.toThrow(
      'tensor "model.adapter": the network of config.json has no such',
    );
  });

  test('but copies that others save are fine', async () => {
    await withTensors((t) => {
      t.set('lm_head.weight', t.get('model.embed_tokens.weight')!);
      t.set('model.layers.0.self_attn.rotary_emb.inv_freq', { dtype: 'F32', shape: [3], data: new Float32Array(3) });
    });
    expect((await readCheckpoint(folder)).parameters).toEqual(checkpoint().parameters);
  });

  test('weights of integers', async () => {
    await withTensors((t) => t.set(tensor, { dtype: 'I32', shape: [6, 10], data: new Int32Array(60) }));
    await expect(readCheckpoint(folder)).rejects.toThrow(`tensor "${tensor}": its type is I32`);
  });

  test('no folder, no weights, weights in parts', async () => {
    await expect(readCheckpoint(join(dir, 'nowhere'))).rejects.toThrow(/nowhere\/config.json: there is no such file/);
    await writeCheckpoint(folder, checkpoint());
    unlinkSync(weights());
    await expect(readCheckpoint(folder)).rejects.toThrow(/model.safetensors: there is no such file/);
    const index = (json: unknown): void => writeFileSync(`${weights()}.index.json`, JSON.stringify(json));
    index({});
    await expect(readCheckpoint(folder)).rejects.toThrow(/index.json: `weight_map` must name a file for every tensor/);
    index({ weight_map: { a: '../../elsewhere.safetensors' } });
    await expect(readCheckpoint(folder)).rejects.toThrow(/is not the name of a safetensors file of this folder/);
    index({ weight_map: { a: 'model-1.safetensors' } });
    await expect(readCheckpoint(folder)).rejects.toThrow(/the file model-1.safetensors that it names is not there/);
  });

  test('a tokenizer larger than the vocabulary', async () => {
    await writeCheckpoint(folder, checkpoint());
    const file = join(folder, 'config.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...json, vocab_size: 100 }));
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ file, field: 'vocab_size' });
  });

  test('weights that are not of the configuration are not written', async () => {
    const wrong = { ...checkpoint(), parameters: new Float32Array(7) };
    await expect(writeCheckpoint(folder, wrong)).rejects.toThrow(
      /the weights have 7 floats; the configuration needs \d+/,
    );
    expect(existsSync(folder)).toBe(false);
  });
});
