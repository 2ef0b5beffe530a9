import { availableParallelism } from 'node:os';
import { EngineGroup, type EngineGroupOptions } from '../nn/engine-group.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../nn/files/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../nn/files/safetensors.ts';
import type { TrainingState } from '../nn/worker.ts';
import { tokenWeights } from '../objectives/aggregation.ts';
import { evaluateObjective } from '../objectives/index.ts';
import type { Objective } from '../objectives/objective.ts';
