import { openSync, readSync } from 'node:fs';
import type { HumanInstruction, Product, ProductOption } from './product.ts';

/** Products kept as they were read last, for the pages and purchases that follow. */
const REMEMBERED = 512;

/** The product file of a large catalogue, from which texts are read when they are asked for. */
export class ProductFile {
  private readonly descriptor: number;
  private readonly read: (json: string, number: number) => Product;
  private readonly remembered = new Map<number, Product>();

  /** @param read makes a product of its record, given as text */
  constructor(path: string, read: (json: string, number: number) => Product) {
    this.descriptor = openSync(path, 'r');
    this.read = read;
  }

  /** The product whose record lies between two places of the file, in bytes. */
  at(start: number, end: number, number: number): Product {
    let product = this.remembered.get(start);
    if (product === undefined) {
      const bytes = Buffer.allocUnsafe(end - start);
      readSync(this.descriptor, bytes, 0, bytes.length, start);
      product = this.read(bytes.toString('utf8'), number);
      if (this.remembered.size >= REMEMBERED) this.remembered.delete(this.remembered.keys().next().value as number);
      this.remembered.set(start, product);
    }
    return product;
  }
}

/** A product of which only what lists, goals and prices need is in memory; the rest stays in its file. */
export class StoredProduct implements Product {
  readonly asin: string;
  readonly title: string;
  readonly price: string;
  readonly pricing: readonly number[];
  readonly category: string;
  readonly query: string;
  readonly productCategory: string;
  readonly attributes: readonly string[];
  readonly instruction?: string;
  readonly instructionAttributes?: readonly string[];
  readonly humanInstructions: readonly HumanInstruction[];
  private readonly file: ProductFile;
  private readonly start: number;
  private readonly end: number;
  private readonly number: number;

  /** @param shared gives texts that many products have in common one place in memory */
  constructor(
    product: Product,
    shared: <T extends string>(text: T) => T,
    file: ProductFile,
    start: number,
    end: number,
    number: number,
  ) {
    this.asin = product.asin;
    this.title = product.title;
    this.price = product.price;
    this.pricing = product.pricing;
    this.category = shared(product.category);
    this.query = shared(product.query);
    this.productCategory = shared(product.productCategory);
    this.attributes = product.attributes.map(shared);
    this.instruction = product.instruction;
    this.instructionAttributes = product.instructionAttributes?.map(shared);
    this.humanInstructions = product.humanInstructions;
    this.file = file;
    this.start = start;
    this.end = end;
    this.number = number;
  }

  get description(): string {
    return this.whole.description;
  }

  get bulletPoints(): readonly string[] {
    return this.whole.bulletPoints;
  }

  get options(): readonly ProductOption[] {
    return this.whole.options;
  }

  private get whole(): Product {
    return this.file.at(this.start, this.end, this.number);
  }
}
