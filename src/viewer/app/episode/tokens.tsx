import { type KeyboardEvent, useState } from 'react';
import { percent, readable } from '../../../reports/ticks.ts';
import type { TokenView } from '../../api.ts';
import { moved } from '../charts/line-chart.tsx';
import { oneLine, visible } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** Log-probability at which a token has its full shade: 2 %. */
const FULL = 4;
/** Tokens drawn at once; a response of thousands is shown in parts. */
const AT_ONCE = 1500;

/** A response token by token, shaded by how unlikely each was, with its number where the pointer or the arrow keys are. */
export function Tokens({ tokens }: { readonly tokens: readonly TokenView[] }) {
  const [at, setAt] = useState<number>();
  const [count, setCount] = useState(AT_ONCE);
  const shown = tokens.slice(0, count);
  const known = tokens.filter(({ logprob }) => logprob !== null);
  const total = known.reduce((sum, { logprob }) => sum + logprob!, 0);
  const least = known.reduce<TokenView | undefined>(
    (a, b) => (a === undefined || b.logprob! < a.logprob! ? b : a),
    undefined,
  );
  const onKey = (event: KeyboardEvent) => {
    const next = moved(event.key, at, shown.length);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(next);
  };
  const summary = `${tokens.length === 1 ? '1 token' : `${tokens.length} tokens`}${likelihood(least, total)}`;
  return (
    <>
      <div
        className="tokens"
        role="slider"
        tabIndex={0}
        aria-label={`Tokens of the response: ${summary}. Arrow keys go from token to token`}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, shown.length)}
        aria-valuenow={(at ?? 0) + 1}
        aria-valuetext={at === undefined ? 'no token chosen' : told(shown[at], at, tokens.length)}
        onKeyDown={onKey}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
      >
        {shown.map((token, i) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place.
            key={i}
            className={i === at ? 'token chosen' : 'token'}
            style={{ '--unlikely': unlikely(token.logprob) } as React.CSSProperties}
            onPointerEnter={() => setAt(i)}
          >
            <VisibleText text={token.text === '' ? '∅' : token.text.replaceAll('\n', '⏎\n')} />
          </span>
        ))}
        {tokens.length > count && (
          <button type="button" className="link" onClick={() => setCount(count * 4)}>
            {tokens.length - count} more tokens
          </button>
        )}
      </div>
      <p className="muted small token-told" aria-hidden="true">
        {at === undefined
          ? `${summary}.${certain(least) ? '' : ' The darker, the less likely.'}`
          : told(shown[at], at, tokens.length)}
      </p>
    </>
  );
}

/** From here on a token was as good as certain. */
const CERTAIN = 0.9995;

/** How likely the whole was, and which token was the least likely where one stands out. */
function likelihood(least: TokenView | undefined, total: number): string {
  if (least === undefined) return '';
  if (certain(least)) return ', as good as certain';
  const p = Math.exp(least.logprob!);
  return `, together ln p ${readable(total)}; least likely ‹${oneLine(least.text, 30)}› at ${percent(p)}`;
}

/** Whether no token stands out as unlikely, since even the least likely was not. */
function certain(least: TokenView | undefined): boolean {
  return least !== undefined && Math.exp(least.logprob!) >= CERTAIN;
}

function told({ text, logprob }: TokenView, index: number, count: number): string {
  const number =
    logprob === null
      ? 'its probability is not stored'
      : `ln p ${readable(logprob, 4)}, p ${percent(Math.exp(logprob))}`;
  return `Token ${index + 1} of ${count} ‹${visible(text)}›: ${number}`;
}

/** 0 for a certain token … 1 for one of 2 % or less. */
function unlikely(logprob: number | null): number {
  return logprob === null ? 0 : Math.round(100 * Math.min(1, Math.max(0, -logprob / FULL))) / 100;
}
