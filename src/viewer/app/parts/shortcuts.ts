import { useEffect, useRef, useSyncExternalStore } from 'react';
import { readSetting, writeSetting } from './settings.ts';

/** A key that does something while a view is shown. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; several do the same. */
  readonly keys: readonly string[];
  readonly does: string;
  /** Absent: the browser does it anyway, and the help says so. */
  readonly run?: () => void;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

let groups: readonly ShortcutGroup[] = [];
const listeners = new Set<() => void>();

function setGroups(next: readonly ShortcutGroup[]): void {
  groups = next;
  for (const listener of listeners) listener();
}

/** What keys do at present, for the help. */
export function useShortcutGroups(): readonly ShortcutGroup[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}

const SETTING = 'single-keys';

/** Single keys can be switched off: they get in the way of dictation and of some aids. */
export function singleKeys(): boolean {
  return readSetting(SETTING) !== 'off';
}

export function setSingleKeys(on: boolean): void {
  writeSetting(SETTING, on ? undefined : 'off');
}

/** Keys that work while the component is shown and nobody is typing. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const told = shortcuts.map(({ keys, does }) => `${keys.join(' ')}: ${does}`).join('\n');

  // biome-ignore lint/correctness/useExhaustiveDependencies: `told` is what the help shows of them.
  useEffect(() => {
    const group = { title, shortcuts: latest.current };
    setGroups([...groups, group]);
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !singleKeys()) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      const shortcut = latest.current.find(({ keys }) => keys.includes(event.key));
      if (shortcut?.run === undefined) return;
      event.preventDefault();
      shortcut.run();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      setGroups(groups.filter((other) => other !== group));
    };
  }, [title, told]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select')) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}
