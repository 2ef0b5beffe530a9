import type { Episode } from '../rollouts/episode.ts';
import type { RunLoggers } from '../runs/loggers/index.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import type { TrainConfig } from '../training/config.ts';
import type { Evaluation } from '../training/evaluate.ts';
import { evaluationMetrics, type Recorder } from '../training/run.ts';

/** Writes a training run into its folder, and tells its loggers what is written. */
export function runRecorder(
  run: RunFolder,
  { checkpoints: { keep }, episodes }: Pick<TrainConfig, 'checkpoints' | 'episodes'>,
  loggers: RunLoggers,
): Recorder {
  let best: { iteration: number; successRate: number } | undefined;
  const metrics = async (iteration: number, values: Readonly<Record<string, number>>): Promise<void> => {
    await run.appendMetrics(iteration, values);
    loggers.append(iteration, values);
  };
  return {
    async iteration(result) {
      await run.writeEpisodes(
        result.iteration,
        result.episodes.map((e, i) => ({ ...stored(e), advantages: result.advantages[i] })),
        episodes,
      );
      await metrics(result.iteration, result.metrics);
    },
    async evaluation(iteration, name, result) {
      await run.writeEvaluation(iteration, name, summary(result), result.episodes.map(stored), episodes);
      if (name === 'held-out') await metrics(iteration, evaluationMetrics(result));
    },
    complete: (iteration) => loggers.complete(iteration),
    async checkpoint(iteration, successRate, save) {
      await save(run.checkpointFolder(iteration));
      await run.setLatest(iteration);
      if (successRate !== undefined && (best === undefined || successRate >= best.successRate))
        best = { iteration, successRate };
      const all = await run.checkpoints();
      // The first is the reference policy's, and what a comparison starts from.
      await run.pruneCheckpoints(new Set([0, ...all.slice(-keep), ...(best ? [best.iteration] : [])]));
    },
  };
}

function stored(e: Episode) {
  return { ...e, truncated: e.end === 'step-limit' };
}

function summary({ episodes, ...rest }: Evaluation) {
  return { ...rest, episodes: episodes.length };
}
