import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LoraConfig } from '../lora.ts';
import { isAdapterFolder, readAdapterConfig, readAdapterWeights } from './adapter.ts';
import { type Model, readModel } from './checkpoint.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** An adapter and the model it belongs to. */
export interface Adapter {
  readonly model: Model;
  readonly lora: LoraConfig;
  /** Laid out by adapterLayout. */
  readonly parameters: Float32Array;
  /** Where the model lies. */
  readonly folder: string;
}

/**
 * Reads an adapter of PEFT's.
 *
 * @param base where the model lies, if not where the adapter says
 * @throws CheckpointError when the folder is no adapter, its model is not there, or they do not fit
 */
export async function readAdapter(folder: string, base?: string): Promise<Adapter> {
  if (!isAdapterFolder(folder)) {
    const problem = 'there is no such file, so the folder is no adapter.';
    throw new CheckpointError(problem, { file: join(folder, 'adapter_config.json') });
  }
  const config = await readAdapterConfig(folder);
  const beneath = baseFolder(folder, base ?? config.base);
  const model = await readModel(beneath);
  const parameters = await readAdapterWeights(folder, model.config, config.lora);
  return { model, lora: config.lora, parameters, folder: beneath };
}

/** Where the model under an adapter lies: as it is written, or beside the adapter. */
function baseFolder(adapter: string, base: string): string {
  const file = join(adapter, 'adapter_config.json');
  const field = 'base_model_name_or_path';
  if (base === '') throw new CheckpointError(`\`${field}\` names no model.`, { file, field });
  for (const folder of [base, resolve(adapter, base)]) if (existsSync(join(folder, 'config.json'))) return folder;
  throw new CheckpointError(
    `the model ${base} that the adapter belongs to is not there. Put it back, or change \`${field}\`.`,
    { file, field },
  );
}
