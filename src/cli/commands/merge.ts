import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { writeCheckpoint } from '../../nn/files/checkpoint.ts';
import { ModelWeights } from '../../nn/files/model-weights.ts';
import { readAdapter } from '../../nn/files/read-adapter.ts';
import { mergedWeights } from '../../nn/merge.ts';
import { placeModel } from '../model-place.ts';
import { ProgressLine } from '../progress.ts';

interface MergeOptions {
  readonly checkpoint: string;
  readonly base?: string;
  readonly out: string;
}

/** The folder to be written is there. */
class OutputExistsError extends Error {
  readonly code = 'TURNWISE_OUTPUT_EXISTS';
  override readonly name = 'OutputExistsError';
}

export function mergeCommand(): Command {
  return new Command('merge')
    .description('Work an adapter into the model it belongs to: a folder that opens without it.')
    .requiredOption(
      '-m, --checkpoint <folder>',
      'the adapter: a run (its last checkpoint), a checkpoint of it, or one that PEFT made; a folder or a hub id',
    )
    .option('--base <folder>', 'the model under it, a folder or a hub id, where it is not where the adapter says')
    .requiredOption('-o, --out <folder>', 'where the merged model goes, in the files and types of the model')
    .action(merge);
}

async function merge({ checkpoint, base, out }: MergeOptions): Promise<void> {
  if (existsSync(out)) throw new OutputExistsError(`${out} is there already; name another folder or remove it.`);
  const line = new ProgressLine();
  const place = await placeModel(checkpoint, { line });
  const beneath = base === undefined ? place.base : (await placeModel(base, { line })).folder;
  const { model, lora, parameters: adapters, folder } = await readAdapter(place.folder, beneath);
  const weights = await ModelWeights.open(folder, model.config);
  try {
    const parameters = await mergedWeights(model.config, weights, lora, adapters, (done, total) =>
      line.show(`merging ${done}/${total}`),
    );
    await writeCheckpoint(out, { ...model, parameters });
  } finally {
    await weights.close();
  }
  line.say(`${out}: ${folder} with the adapter ${checkpoint} worked in`);
}
