import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchCredit } from './credit.ts';
import { benchCreditFiles } from './credit-files.ts';
import { benchEngine } from './engine.ts';
import { benchModels } from './models.ts';
import { render, type Section } from './report.ts';
import { benchTextgame } from './textgame.ts';
import { benchViewer } from './viewer.ts';
import { benchWebGpu, WEBGPU_SIZES } from './webgpu.ts';
import { benchWebShop } from './webshop.ts';

/** `npm run bench [name …]`: ratios measured in one run, as Markdown tables. `--size` is that of the model of `webgpu`. */
const BENCHES: Record<string, (options: { size?: string | undefined }) => Promise<Section>> = {
  credit: benchCredit,
  'credit-files': benchCreditFiles,
  textgame: benchTextgame,
  webshop: benchWebShop,
  engine: benchEngine,
  models: benchModels,
  webgpu: benchWebGpu,
  viewer: benchViewer,
};

const { positionals: wanted, values } = parseArgs({ allowPositionals: true, options: { size: { type: 'string' } } });
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`bench: no bench named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const { size } = values;
if (size !== undefined && !WEBGPU_SIZES.includes(size)) {
  console.error(`bench: no size ${size}; there are ${WEBGPU_SIZES.join(', ')}`);
  process.exit(2);
}
console.log(`${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}\n`);
for (const [name, run] of Object.entries(BENCHES)) {
  if (wanted.length === 0 || wanted.includes(name)) console.log(render(await run(values)));
}
