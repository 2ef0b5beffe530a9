import { type CreditOptions, findAlgorithm, resolveOptions } from '../credit/index.ts';

/** An algorithm that gives credit, but not to what the training loop plays. */
export class UntrainableCreditError extends Error {
  readonly code = 'TURNWISE_UNTRAINABLE_CREDIT';
  readonly algorithm: string;

  constructor(algorithm: string) {
    super(
      `Training has no critic, and credit algorithm "${algorithm}" needs the values of one. Choose another (turnwise algorithms); rollouts that carry values can be given credit with turnwise credit.`,
    );
    this.name = 'UntrainableCreditError';
    this.algorithm = algorithm;
  }
}

/**
 * The options that training will give credit with.
 *
 * @throws UntrainableCreditError, UnknownAlgorithmError, CreditOptionError
 */
export function trainableCredit(algorithm: string, options: Readonly<Record<string, unknown>>): CreditOptions {
  if (findAlgorithm(algorithm).needsValues) throw new UntrainableCreditError(algorithm);
  return resolveOptions(algorithm, options);
}
