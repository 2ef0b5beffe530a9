import { TemplateError } from './template-error.ts';

/** How much a rendering may do: templates come from strangers. */
export interface Limits {
  /** Expressions and statements. Default 10 million, about a second. */
  readonly steps?: number;
  /** Characters that are made or read along the way; an item of a list counts as eight. Default 2^27. */
  readonly size?: number;
  /** Macros and loops that call each other. Default 150, about what Python manages. */
  readonly depth?: number;
}

/** Longest template, UTF-16 units; those in use have less than 50,000. */
export const LONGEST_TEMPLATE = 1 << 18;

/** What is left of the limits while a template is rendered. */
export class Budget {
  private steps: number;
  private size: number;
  private depth: number;

  constructor({ steps = 10_000_000, size = 2 ** 27, depth = 150 }: Limits = {}) {
    this.steps = steps;
    this.size = size;
    this.depth = depth;
  }

  /** @throws TemplateError when the template does more than it may */
  step(): void {
    if (--this.steps < 0)
      throw new TemplateError('it takes more steps than a chat template may. It may loop for ever.');
  }

  /**
   * Call it before a text of that many characters is made, or read as a whole.
   *
   * @throws TemplateError when the template makes more than it may
   */
  text(length: number): void {
    this.size -= length;
    // Also where the count is not a number.
    if (!(this.size >= 0)) throw new TemplateError('it makes or reads more text than a chat template may.');
  }

  /** As `text`, for a list of that many items. */
  list(length: number): void {
    this.text(8 * length);
  }

  /** @throws TemplateError when calls are nested deeper than they may be */
  deeper<T>(call: () => T): T {
    if (--this.depth < 0)
      throw new TemplateError('its macros call each other deeper than those of a chat template may.');
    try {
      return call();
    } finally {
      this.depth++;
    }
  }
}
