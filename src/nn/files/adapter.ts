import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { adapterLayout, LORA_TARGETS, type LoraConfig, type LoraTarget } from '../lora.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { DecoderConfig } from './model-config.ts';
import { parseJsonObject, readModelFile } from './model-file.ts';
import { SafetensorsFile, type Tensor } from './safetensors.ts';

/** What an adapter folder's `adapter_config.json` says. */
export interface AdapterConfig {
  readonly lora: LoraConfig;
  /** Folder or hub id of the model the adapter belongs to, as it was given when the adapter was saved. */
  readonly base: string;
  /** Revision of that model on the hub, where the adapter names one. */
  readonly revision?: string;
}

const CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** Whether a folder is an adapter of PEFT's. */
export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, CONFIG));
}

const peftConfig = z.object({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  revision: z.string().nullish(),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).max(1).default(0),
  use_rslora: z.boolean().default(false),
  target_modules: z.union([z.array(z.string()), z.string()]),
});

/** Fields of PEFT that would change the network, with the values at which they do not. */
const NEUTRAL: Readonly<Record<string, (value: unknown) => boolean>> = {
  bias: (v) => v === 'none',
  use_dora: isOff,
  use_qalora: isOff,
  use_bdlora: isOff,
  lora_bias: isOff,
  fan_in_fan_out: isOff,
  modules_to_save: isEmpty,
  rank_pattern: isEmpty,
  alpha_pattern: isEmpty,
  layers_to_transform: isEmpty,
  layer_replication: isEmpty,
  exclude_modules: isEmpty,
  target_parameters: isEmpty,
  trainable_token_indices: isEmpty,
  alora_invocation_tokens: isEmpty,
};

/** @throws CheckpointError when it is no LoRA adapter, or of a kind that is not supported */
export async function readAdapterConfig(folder: string): Promise<AdapterConfig> {
  const file = join(folder, CONFIG);
  const json = parseJsonObject(await readModelFile(folder, CONFIG), file);
  const refuse = (problem: string, field: string): never => {
    throw new CheckpointError(problem, { file, field });
  };
  const parsed = peftConfig.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse(`\`${issue.path.join('.')}\`: ${issue.message}.`, issue.path.join('.'));
  }
  const c = parsed.data;
  if (c.peft_type !== 'LORA') refuse(`the adapter is of the kind ${c.peft_type}; LORA is supported.`, 'peft_type');
  for (const [field, neutral] of Object.entries(NEUTRAL)) {
    if (json[field] !== undefined && !neutral(json[field])) {
      refuse(`\`${field}\` is ${JSON.stringify(json[field])}, which is not supported.`, field);
    }
  }
  return {
    base: c.base_model_name_or_path ?? '',
    ...(c.revision && { revision: c.revision }),
    lora: {
      rank: c.r,
      alpha: c.lora_alpha,
      rankStabilized: c.use_rslora,
      dropout: c.lora_dropout,
      targets: targetsOf(c.target_modules, refuse),
    },
  };
}

/** The fields of `adapter_config.json` as PEFT reads them. */
export function formatAdapterConfig({ lora, base }: AdapterConfig): string {
  return `${JSON.stringify(
    {
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: base,
      r: lora.rank,
      lora_alpha: lora.alpha,
      lora_dropout: lora.dropout,
      use_rslora: lora.rankStabilized,
      use_dora: false,
      target_modules: lora.targets,
      bias: 'none',
      fan_in_fan_out: false,
      modules_to_save: null,
      rank_pattern: {},
      alpha_pattern: {},
      init_lora_weights: true,
      inference_mode: true,
    },
    undefined,
    2,
  )}\n`;
}

/**
 * Reads an adapter's matrices to their places, see adapterLayout.
 *
 * @throws CheckpointError or SafetensorsError naming the tensor that is missing, of another shape, or too much
 */
export async function readAdapterWeights(
  folder: string,
  config: DecoderConfig,
  lora: LoraConfig,
): Promise<Float32Array> {
  const file = await SafetensorsFile.open(join(folder, ADAPTER_WEIGHTS));
  try {
    const { specs, total } = adapterLayout(config, lora);
    const parameters = new Float32Array(total);
    for (const { name: tensor, shape, offset, size } of specs) {
      const found = file.tensors.get(tensor);
      if (found === undefined || found.shape.join() !== shape.join()) {
        const what = found === undefined ? 'it is missing' : `its shape is [${found.shape}]`;
        const problem = `${what}; the model and ${CONFIG} ask for shape [${shape}]. The adapter is of another model.`;
        throw new CheckpointError(problem, { file: file.path, tensor });
      }
      await file.readFloats(tensor, parameters.subarray(offset, offset + size));
    }
    const known = new Set(specs.map((s) => s.name));
    for (const tensor of file.tensors.keys()) {
      if (known.has(tensor)) continue;
      throw new CheckpointError(`${CONFIG} asks for no such tensor, so it would be left out.`, {
        file: file.path,
        tensor,
      });
    }
    return parameters;
  } finally {
    await file.close();
  }
}

/** The adapter's matrices under PEFT's names; views, not copies. */
export function adapterTensors(config: DecoderConfig, lora: LoraConfig, flat: Float32Array): Map<string, Tensor> {
  return new Map(
    adapterLayout(config, lora).specs.map(({ name, shape, offset, size }) => [
      name,
      { dtype: 'F32', shape, data: flat.subarray(offset, offset + size) },
    ]),
  );
}

function targetsOf(
  modules: string | readonly string[],
  refuse: (problem: string, field: string) => never,
): LoraTarget[] {
  if (modules === 'all-linear') return [...LORA_TARGETS];
  const named = typeof modules === 'string' ? [modules] : modules;
  const unknown = named.find((name) => !(LORA_TARGETS as readonly string[]).includes(name));
  if (unknown !== undefined || named.length === 0) {
    refuse(
      `an adapter on \`${unknown ?? 'nothing'}\` is not supported; on ${LORA_TARGETS.join(', ')} it is.`,
      'target_modules',
    );
  }
  return LORA_TARGETS.filter((t) => named.includes(t));
}

function isOff(value: unknown): boolean {
  return value === false || value === null;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
}
