import { memo } from 'react';
import { pieces } from './visible.ts';

/** A text of a run as it is: never markup, kept apart from the direction of what is around it, hidden characters visible. */
export const VisibleText = memo(function VisibleText({ text }: { readonly text: string }) {
  let at = 0;
  return (
    <bdi>
      {pieces(text).map((piece) => {
        const key = at++;
        if (piece.kind === 'plain') return piece.text;
        return (
          <span key={key} className="hidden-character" title={piece.name}>
            {piece.text}
          </span>
        );
      })}
    </bdi>
  );
});
