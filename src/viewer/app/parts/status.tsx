import type { RunStatus, RunSummary } from '../../api.ts';

const WORDS: Readonly<Record<RunStatus, readonly [sign: string, word: string, meaning: string]>> = {
  running: ['●', 'running', 'A process of this machine is writing it.'],
  finished: ['✓', 'finished', 'All iterations and the last evaluation are done.'],
  interrupted: ['‖', 'interrupted', 'Somebody stopped it; it can be resumed.'],
  failed: ['✕', 'failed', 'It ended with an error.'],
  stopped: ['○', 'stopped', 'Its process is gone without a word; it can be resumed.'],
};

type Shown = Pick<RunSummary, 'status' | 'iteration' | 'iterations' | 'error'>;

/** How a run stands, with how far it is. */
export function Status({ run }: { readonly run: Shown }) {
  const [sign, word, meaning] = WORDS[run.status];
  const { iteration, iterations } = run;
  const share = iterations === null || iterations === 0 ? undefined : Math.min(1, iteration / iterations);
  return (
    <span className={`status ${run.status}`} title={meaning}>
      <span className={run.status === 'running' ? 'sign pulse' : 'sign'} aria-hidden="true">
        {sign}
      </span>
      <span>{word}</span>
      {share !== undefined && run.status !== 'finished' && (
        <progress max={1} value={share} aria-label={`${iteration} of ${iterations} iterations`} />
      )}
    </span>
  );
}
