import { useState } from 'react';
import type { Text, TextQuery } from '../../api.ts';
import { useClient } from '../data/use-answer.ts';
import { VisibleText } from './visible-text.tsx';

/** Characters put on the page at once. Browsers become slow with lines of megabytes. */
const AT_ONCE = 20_000;

interface CutTextProps {
  readonly text: Text;
  /** Where all of it is to be had. */
  readonly query: TextQuery;
}

/** A text as far as it came along, and the rest on demand. */
export function CutText({ text, query }: CutTextProps) {
  const client = useClient();
  const [full, setFull] = useState<string>();
  const [state, setState] = useState<'cut' | 'loading' | 'missing' | Error>('cut');
  const load = () => {
    setState('loading');
    client.text(query).then(
      (loaded) => {
        setFull(loaded);
        setState(loaded === undefined ? 'missing' : 'cut');
      },
      (error: Error) => setState(error),
    );
  };
  if (full !== undefined) return <LongText text={full} />;
  return (
    <>
      <LongText text={text.text} />
      {text.more > 0 && (
        <span className="cut">
          {' … '}
          {state === 'missing' || state instanceof Error ? (
            <span className="muted">
              {text.more.toLocaleString('en')} more characters, which{' '}
              {state === 'missing' ? 'are not here' : `could not be loaded: ${state.message}`}
            </span>
          ) : (
            <button type="button" className="link" disabled={state === 'loading'} onClick={load}>
              show all ({text.more.toLocaleString('en')} more characters)
            </button>
          )}
        </span>
      )}
    </>
  );
}

/** A text of any length, put on the page piece by piece. */
export function LongText({ text }: { readonly text: string }) {
  const [shown, setShown] = useState(AT_ONCE);
  if (text.length <= shown) return <VisibleText text={text} />;
  return (
    <>
      <VisibleText text={text.slice(0, wholeCharacters(text, shown))} />
      <span className="cut">
        {' … '}
        <button type="button" className="link" onClick={() => setShown(shown * 4)}>
          show more ({(text.length - shown).toLocaleString('en')} characters follow)
        </button>
      </span>
    </>
  );
}

/** An end near `at` that does not cut a surrogate pair in two. */
function wholeCharacters(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
