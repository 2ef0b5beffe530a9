import { Command } from 'commander';
import { environmentList } from '../../environments/registry.ts';
import { table } from '../table.ts';

export function environmentsCommand(): Command {
  return new Command('environments').description('List the environments and their options.').action(() => {
    for (const e of environmentList()) {
      console.log(`${e.name}: ${e.description}${e.needsData ? ' Needs --data.' : ''}\n`);
      const rows = e.options.map((o) => [
        o.name,
        o.choices ? o.choices.join(' | ') : o.type,
        o.default === undefined ? '' : JSON.stringify(o.default),
        o.description,
      ]);
      console.log(`${table(['option', 'values', 'default', 'meaning'], rows)}\n`);
    }
    console.log('Use: --environment NAME --set environment.options.KEY=VALUE');
  });
}
