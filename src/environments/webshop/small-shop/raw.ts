/** The records of the original's three product files, as JSON holds them. */

/** `items_shuffle.json`. */
export interface RawProduct {
  readonly asin: string;
  readonly name: string;
  readonly full_description: string;
  readonly small_description: string[];
  /** `$12.5`, `$10.0$18.5` for a range, or empty. */
  readonly pricing: string;
  readonly images: string[];
  readonly category: string;
  readonly query: string;
  readonly product_category: string;
  readonly customization_options: '' | Record<string, { value: string; image?: null }[] | null>;
}

/** `items_ins_v2.json`, by product. */
export interface RawInstruction {
  readonly attributes: string[];
  readonly instruction?: string;
  readonly instruction_attributes?: string[];
}

/** `items_human_ins.json`, a list by product. */
export interface RawHumanInstruction {
  readonly asin: string;
  readonly instruction: string;
  /** All that the product has. */
  readonly attributes: string[];
  /** `color: moss green`: the choice that was looked at, also where the sentence does not name it. */
  readonly options: string[];
  readonly instruction_attributes: string[];
  readonly instruction_options: string[];
}
