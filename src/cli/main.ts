#!/usr/bin/env node
import { program } from './program.ts';
import { report } from './report-error.ts';

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error);
  });
