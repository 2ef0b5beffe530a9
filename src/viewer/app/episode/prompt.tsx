import { useState } from 'react';
import type { TextQuery } from '../../api.ts';
import { useClient } from '../data/use-answer.ts';
import { LongText } from '../text/cut-text.tsx';

/** The prompt of a turn, asked for when somebody wants to see it. */
export function Prompt({ query }: { readonly query: TextQuery }) {
  const client = useClient();
  const [state, setState] = useState<'closed' | 'loading' | 'missing' | { text: string } | Error>('closed');
  const load = () => {
    setState('loading');
    client.text(query).then(
      (text) => setState(text === undefined ? 'missing' : { text }),
      (error: Error) => setState(error),
    );
  };
  return (
    <details className="prompt" onToggle={({ currentTarget }) => currentTarget.open && state === 'closed' && load()}>
      <summary>Prompt, as the policy read it</summary>
      {state === 'loading' && <p className="muted">Loading …</p>}
      {state === 'missing' && <p className="muted">The prompt of this step is not here.</p>}
      {state instanceof Error && <p className="muted">It could not be loaded: {state.message}</p>}
      {typeof state === 'object' && 'text' in state && (
        <pre>
          <LongText text={state.text} />
        </pre>
      )}
    </details>
  );
}
