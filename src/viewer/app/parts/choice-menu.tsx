import { useState } from 'react';
import { Menu } from '../parts/menu.tsx';

export interface Choice {
  readonly key: string;
  readonly title: string;
  /** Shown small beside the title. */
  readonly note?: string;
  readonly group: string;
}

interface ChoiceMenuProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: string[]) => void;
  readonly onReset?: () => void;
}

/** A menu of check boxes with a field to find one: columns of a table, metrics to draw. */
export function ChoiceMenu({ label, choices, chosen, onChange, onReset }: ChoiceMenuProps) {
  const [find, setFind] = useState('');
  const wanted = find.toLowerCase();
  const shown = choices.filter(({ title, note }) => `${title} ${note ?? ''}`.toLowerCase().includes(wanted));
  const groups = [...new Set(shown.map(({ group }) => group))];
  const toggle = (key: string) =>
    onChange(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key]);
  return (
    <Menu label={`${label} ▾`}>
      <div className="choice-menu">
        <div className="controls">
          <input
            type="search"
            placeholder="Find"
            aria-label={`Find among ${label.toLowerCase()}`}
            value={find}
            onChange={({ target }) => setFind(target.value)}
          />
          {onReset && (
            <button type="button" className="link" onClick={onReset}>
              as at first
            </button>
          )}
        </div>
        {groups.map((group) => (
          <fieldset key={group}>
            <legend>{group}</legend>
            {shown
              .filter((choice) => choice.group === group)
              .map(({ key, title, note }) => (
                <label key={key} className="check">
                  <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
                  <span>
                    {title} {note && note !== title && <code className="muted">{note}</code>}
                  </span>
                </label>
              ))}
          </fieldset>
        ))}
        {shown.length === 0 && <p className="muted">Nothing of that name.</p>}
      </div>
    </Menu>
  );
}
