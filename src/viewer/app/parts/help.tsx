import { useEffect, useRef, useState } from 'react';
import { setSingleKeys, singleKeys, useShortcutGroups, useShortcuts } from './shortcuts.ts';

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  ' ': 'Space',
  Escape: 'Esc',
};

/** The sheet that says which keys do what in this view; `?` opens it. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const groups = useShortcutGroups();
  const [keys, setKeys] = useState(singleKeys);
  const open = () => dialog.current?.showModal();
  useShortcuts('Everywhere', [{ keys: ['?'], does: 'this help', run: open }]);
  useEffect(() => setSingleKeys(keys), [keys]);

  return (
    <>
      <button type="button" className="plain" aria-label="Help and keys" title="Help and keys (?)" onClick={open}>
        ?
      </button>
      <dialog ref={dialog} className="help" aria-labelledby="help-title">
        <header>
          <h2 id="help-title">Keys</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {[...groups].reverse().map(({ title, shortcuts }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {shortcuts.map(({ keys: names, does }) => (
                <div key={does} style={{ display: 'contents' }}>
                  <dt>
                    {names.map((name) => (
                      <kbd key={name}>{NAMES[name] ?? name}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <h3>In charts, strips and graphs</h3>
        <p className="muted">
          Tab to one, then the arrow keys go from point to point, in charts and strips Home and End to the ends; what is
          there is read out and shown.
        </p>
        <h3>Setting</h3>
        <label className="check">
          <input type="checkbox" checked={keys} onChange={({ target }) => setKeys(target.checked)} />
          Single keys do something (also <kbd>?</kbd>)
        </label>
      </dialog>
    </>
  );
}
