import type { Problem } from '../../api.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** What of a run's folder could not be read. Few are shown at once, many behind a click. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  const files = new Set(problems.map(({ file }) => file)).size;
  return (
    <details className="message warn problems" open={problems.length <= 3}>
      <summary>
        {problems.length === 1 ? 'A problem' : `${problems.length} problems`} in{' '}
        {files === 1 ? 'a file' : `${files} files`} of this run; what could be read is shown
      </summary>
      <ul>
        {problems.map(({ file, line, problem }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no name, and come as a whole.
          <li key={i}>
            <code>
              <VisibleText text={line === undefined ? file : `${file}:${line}`} />
            </code>{' '}
            <VisibleText text={problem} />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface FailureProps {
  readonly error: Error;
  readonly what: string;
  /** Whether it stands in place of the whole view. */
  readonly alone?: boolean;
}

/** An answer that did not come. */
export function Failure({ error, what, alone }: FailureProps) {
  return (
    <div className="message bad" role="alert">
      {alone && <h1 className="only-read">{what}</h1>}
      <strong>{what} could not be loaded.</strong> <VisibleText text={error.message} />
    </div>
  );
}

/** Said where an answer is waited for; only after a moment, so that a quick one does not flicker. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="empty loading" role="status">
      Loading {what} …
    </p>
  );
}
