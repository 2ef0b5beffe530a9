import { type Characters, charactersOf, SequenceMatcher } from '../text/sequence-matcher.ts';
import type { StepBatch } from './batch.ts';
import { type Contexts, lengthen } from './contexts.ts';
import { CreditBatchError } from './errors.ts';

/** Which turns of a group count as visits to the same state. */
export interface ClusterOptions {
  /** 1: turns in equal states; below: also those whose texts have at least this difflib ratio. */
  readonly similarity?: number;
  /** How many of the last states must be the same, in order; 1: the state alone. */
  readonly lastStates?: number;
}

/** Steps of one group that count as visits to the same state; two groups never share one. */
export type Clusters = Contexts;

/**
 * Clusters of the steps of each group: by equal state (`similarity` 1), linear time; or by text, greedy in row order:
 * a step joins the first cluster whose first member it resembles with a difflib ratio ≥ `similarity`, or opens one.
 * With `lastStates` k > 1 these are told apart further by the k − 1 states before; the first steps of an episode by
 * those it has had.
 *
 * @throws CreditBatchError when similarity is asked of a batch without `stateText`.
 */
export function clusterSteps(batch: StepBatch, { similarity = 1, lastStates = 1 }: ClusterOptions = {}): Clusters {
  const states = clusterStates(batch, similarity);
  let clusters = states;
  for (let k = 2; k <= lastStates; k++) clusters = lengthen(batch, clusters, states, true);
  return clusters;
}

function clusterStates(batch: StepBatch, similarity: number): Clusters {
  const texts = batch.stateText;
  if (similarity < 1 && texts === undefined) {
    throw new CreditBatchError('Grouping by similarity compares texts: give the batch `stateText`.', {
      field: 'stateText',
    });
  }
  const find = similarity < 1 ? new SimilarClusters(texts as readonly string[], similarity) : new EqualClusters();
  const ofStep = new Int32Array(batch.steps);
  const ofFinal = new Int32Array(batch.episodes).fill(-1);
  // The cluster each state has in the group at hand; a state met in an earlier group is told by its stamp.
  const known = new Int32Array(batch.states);
  const stamp = new Int32Array(batch.states).fill(-1);

  const { order, start } = episodesByGroup(batch);
  for (let g = 0; g < batch.groups; g++) {
    find.beginGroup();
    for (let k = start[g]; k < start[g + 1]; k++) {
      const i = order[k];
      for (let t = batch.episodeStart[i]; t < batch.episodeStart[i + 1]; t++) {
        const s = batch.state[t];
        // Clusters are only ever appended, so a state met before would be sent to the same cluster again.
        if (stamp[s] !== g) {
          stamp[s] = g;
          known[s] = find.join(s);
        }
        ofStep[t] = known[s];
      }
    }
    for (let k = start[g]; k < start[g + 1]; k++) {
      const s = batch.finalState[order[k]];
      if (s >= 0) ofFinal[order[k]] = stamp[s] === g ? known[s] : find.match(s);
    }
  }
  return { count: find.count, ofStep, ofFinal };
}

/** Episodes sorted by group, stable: those of group g are order[start[g]] … order[start[g + 1] − 1]. */
export function episodesByGroup(batch: StepBatch): { order: Int32Array; start: Int32Array } {
  const start = new Int32Array(batch.groups + 1);
  for (let i = 0; i < batch.episodes; i++) start[batch.episodeGroup[i] + 1]++;
  for (let g = 0; g < batch.groups; g++) start[g + 1] += start[g];
  const next = start.slice();
  const order = new Int32Array(batch.episodes);
  for (let i = 0; i < batch.episodes; i++) order[next[batch.episodeGroup[i]]++] = i;
  return { order, start };
}

/** Every state not met before in the group is its own cluster. */
class EqualClusters {
  count = 0;

  beginGroup(): void {}

  join(_state: number): number {
    return this.count++;
  }

  match(_state: number): number {
    return -1;
  }
}

/** A state joins the first cluster of the group whose first member resembles it. */
class SimilarClusters {
  count = 0;
  private readonly texts: readonly string[];
  private readonly threshold: number;
  private representatives: SequenceMatcher[] = [];

  constructor(texts: readonly string[], threshold: number) {
    this.texts = texts;
    this.threshold = threshold;
  }

  beginGroup(): void {
    this.representatives = [];
  }

  join(state: number): number {
    const text = charactersOf(this.texts[state]);
    const found = this.find(text);
    if (found >= 0) return found;
    this.representatives.push(new SequenceMatcher(text));
    return this.count++;
  }

  match(state: number): number {
    return this.find(charactersOf(this.texts[state]));
  }

  private find(text: Characters): number {
    const index = this.representatives.findIndex((representative) => representative.reaches(text, this.threshold));
    return index < 0 ? -1 : this.count - this.representatives.length + index;
  }
}
