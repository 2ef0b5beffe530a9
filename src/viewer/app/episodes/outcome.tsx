import { VisibleText } from '../text/visible-text.tsx';

const WORDS: Readonly<Record<string, string>> = {
  success: 'success',
  failure: 'failure',
  'step-limit': 'step limit',
  error: 'environment failed',
};

/** Whether an episode succeeded, and what ended it. */
export function Outcome({ success, end }: { readonly success: boolean; readonly end: string | null }) {
  const word = end === null ? (success ? 'success' : 'failure') : Object.hasOwn(WORDS, end) ? WORDS[end] : end;
  return (
    <span className={`outcome ${success ? 'succeeded' : 'failed'}`}>
      <span aria-hidden="true">{success ? '✓' : '✕'}</span>
      <span className="only-read">{success ? 'success' : 'failure'}, ended by: </span>
      <span className="outcome-word">
        <VisibleText text={word} />
      </span>
    </span>
  );
}
