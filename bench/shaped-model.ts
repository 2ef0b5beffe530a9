import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toBfloat16 } from '../src/nn/files/half-floats.ts';
import { readTokenizer } from '../src/nn/files/index.ts';
import { parseModelConfig } from '../src/nn/files/model-config.ts';
import { type ParameterSpec, parameterLayout } from '../src/nn/files/parameters.ts';
import { formatHeader } from '../src/nn/files/safetensors-header.ts';

/**
 * `npx tsx bench/shaped-model.ts OUT [TOKENIZER FOLDER]`: a model folder of exactly the shape of Qwen2.5-0.5B-Instruct with random weights in bfloat16 (1 GB), to
 * measure with what cannot be downloaded here. Without a tokenizer of its own it gets the shipped one, whose 496 tokens use the first rows only.
 */

/** config.json of Qwen2.5-0.5B-Instruct: facts about the model. */
export const QWEN25_HALF_B = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

const SHIPPED = fileURLToPath(new URL('../checkpoints/household', import.meta.url));

/** Writes the folder. */
export async function writeShapedModel(folder: string, tokenizerFolder = SHIPPED, fields: object = {}): Promise<void> {
  const tokenizer = await readTokenizer(tokenizerFolder);
  const eos = tokenizer.findId('<|im_end|>') ?? tokenizer.idOf('<|endoftext|>');
  const config = { ...QWEN25_HALF_B, bos_token_id: eos, eos_token_id: eos, ...fields };
  const { decoder } = parseModelConfig(JSON.stringify(config), 'config.json');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  await writeFile(join(folder, 'tokenizer.json'), tokenizer.files.json);
  await writeFile(join(folder, 'tokenizer_config.json'), tokenizer.files.config);
  const { specs } = parameterLayout(decoder);
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.write(
      formatHeader(
        specs.map((p) => [p.name, { dtype: 'BF16', shape: p.shape }]),
        { format: 'pt' },
      ),
    );
    const numbers = roughlyNormal();
    for (const p of specs) {
      const data = weightOf(p, numbers);
      const halves = new Uint16Array(p.size);
      toBfloat16(data, halves);
      await file.write(new Uint8Array(halves.buffer));
    }
  } finally {
    await file.close();
  }
}

/** Fills an array with the next of a row of numbers of standard deviation 0.02. */
export function roughlyNormal(): (data: Float32Array) => void {
  let state = 1;
  return (data) => {
    for (let i = 0; i < data.length; i++) {
      // The sum of four uniform numbers is normal enough; xorshift is fast enough for half a billion of them.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const bits = state >>> 0;
      const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
      data[i] = (0.02 * sum) / 147.8;
    }
  };
}

/** A tensor of such a model: ones for norms, the next numbers for all others. */
export function weightOf(p: Pick<ParameterSpec, 'name' | 'size'>, fill: (data: Float32Array) => void): Float32Array {
  const data = new Float32Array(p.size);
  if (p.name.endsWith('norm.weight')) data.fill(1);
  else fill(data);
  return data;
}

const [, script, out, tokenizer] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (out === undefined) {
    console.error('usage: npx tsx bench/shaped-model.ts OUT [TOKENIZER FOLDER]');
    process.exit(2);
  }
  await writeShapedModel(out, tokenizer);
}
