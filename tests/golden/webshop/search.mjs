// Answers searches for record.py: a query as JSON on a line of standard input, a list of product numbers back.
import { createInterface } from 'node:readline';
import { loadCatalogue, ProductSearch } from '../../../dist/environments/webshop/index.js';

const search = ProductSearch.fromProducts((await loadCatalogue(process.argv[2])).products);
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(search.search(JSON.parse(line), 50).map(({ asin }) => asin)));
