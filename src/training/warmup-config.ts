import { z } from 'zod';

/** Warm start: a small model made from nothing by imitating an expert. */
export const warmupSchema = z.strictObject({
  seed: z
    .number()
    .int()
    .nonnegative()
    .default(1)
    .describe('Decides tasks, slips, first weights and the order of demonstrations.'),
  expert: z
    .enum(['explore', 'plan'])
    .default('explore')
    .describe('Who is imitated: one that searches, or one that knows.'),
  tasks: z.number().int().positive().default(3000).describe('Training tasks the expert plays.'),
  slips: z
    .number()
    .min(0)
    .max(1)
    .default(0.15)
    .describe('Probability per turn that a mistake is made in front of the student.'),
  updates: z
    .number()
    .int()
    .positive()
    .default(1000)
    .describe('Optimizer steps planned; the learning rate falls over these.'),
  stopAfter: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Optimizer steps after which to stop, before the plan is over.'),
  batchSize: z.number().int().positive().default(64).describe('Demonstrated turns per optimizer step.'),
  promptWeight: z
    .number()
    .min(0)
    .default(0.2)
    .describe('Weight of predicting the prompt beside the response: teaches copying sooner.'),
  learningRate: z.number().positive().default(3e-3).describe('Peak AdamW learning rate.'),
  weightDecay: z.number().nonnegative().default(0.01).describe('Decoupled decay of matrices.'),
  model: z
    .strictObject({
      hiddenSize: z.number().int().positive().default(96).describe('Width of the residual stream.'),
      layers: z.number().int().positive().default(3).describe('Layers.'),
      heads: z.number().int().positive().default(6).describe('Query heads.'),
      kvHeads: z.number().int().positive().default(2).describe('Key and value heads.'),
      ffnSize: z.number().int().positive().default(256).describe('Width of the feed-forward part.'),
      maxPositions: z.number().int().positive().default(512).describe('Longest sequence, tokens.'),
    })
    .prefault({})
    .describe('Size of the model: hiddenSize, layers, heads, kvHeads, ffnSize, maxPositions.'),
});

export type WarmupConfig = z.infer<typeof warmupSchema>;
