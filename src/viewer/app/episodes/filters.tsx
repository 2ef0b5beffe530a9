import { useEffect, useRef, useState } from 'react';
import type { EpisodeFacets } from '../../api.ts';
import { Segments } from '../parts/segments.tsx';
import { useShortcuts } from '../parts/shortcuts.ts';
import { useParameters } from '../routing/use-route.tsx';
import { visible } from '../text/visible.ts';
import { ALL_KINDS, FILTER_PARAMETERS } from './episode-filter.ts';

/** Milliseconds without a key after which what was typed is looked for. */
const PAUSE = 250;

interface FiltersProps {
  readonly facets: EpisodeFacets | undefined;
  /** The kind of episodes that is shown; undefined: all. */
  readonly kind: string | undefined;
  /** The kind of episodes that is shown where nobody chose. */
  readonly usual: string;
}

/** What the list of episodes is narrowed to. */
export function Filters({ facets, kind, usual }: FiltersProps) {
  const [parameters, change] = useParameters();
  const text = useRef<HTMLInputElement>(null);
  useShortcuts('Filters', [{ keys: ['/'], does: 'look for a text', run: () => text.current?.focus() }]);
  const active = FILTER_PARAMETERS.filter((name) => parameters[name] !== undefined);
  const clear = () => change(Object.fromEntries(active.map((name) => [name, undefined])));
  const kinds = [...(facets?.kinds ?? [])].sort((a, b) => Number(b === 'train') - Number(a === 'train'));

  return (
    <search className="filters screen" aria-label="Filters">
      {kinds.length > 1 && (
        <Segments
          name="Kind of episodes"
          value={parameters['kind'] ?? usual}
          choices={[...kinds.map((kind) => [kind, kindName(kind)] as const), [ALL_KINDS, 'All']]}
          onChange={(kind) => change({ kind: kind === usual ? undefined : kind })}
        />
      )}
      <Segments
        name="Outcome"
        value={parameters['outcome'] ?? ''}
        choices={[
          ['', 'Any outcome'],
          ['success', '✓ Success'],
          ['failure', '✕ Failure'],
        ]}
        onChange={(outcome) => change({ outcome })}
      />
      <Select name="Ended by" parameter="end" values={facets?.ends ?? []} />
      <Select name="Task type" parameter="type" values={facets?.taskTypes ?? []} />
      <Range name="Iterations" from="from" to="to" hints={iterationsOf(facets, kind)} />
      <Range name="Turns" from="shortest" to="longest" hints={facets && [1, facets.longest]} />
      <span className="field">
        <span>Text</span>
        <Typed
          inputRef={text}
          type="search"
          name="Part of an observation, action or completion"
          placeholder="in any turn"
          value={parameters['text'] ?? ''}
          onChange={(value) => change({ text: value })}
        />
      </span>
      {['group', 'task'].map(
        (name) =>
          parameters[name] !== undefined && (
            <button key={name} type="button" onClick={() => change({ [name]: undefined })}>
              {name} {visible(parameters[name])} <span aria-hidden="true">✕</span>
              <span className="only-read">, remove this filter</span>
            </button>
          ),
      )}
      {active.length > 0 && (
        <button type="button" className="link" onClick={clear}>
          Clear filters
        </button>
      )}
    </search>
  );
}

/** `train` and the evaluations by names that people use. */
export function kindName(kind: string): string {
  return kind === 'train' ? 'Training' : visible(kind).replace(/^held-out/, 'Held-out');
}

/** The iterations that episodes of a kind are of, or of all kinds. */
function iterationsOf(
  facets: EpisodeFacets | undefined,
  kind: string | undefined,
): readonly [low: number, high: number] | undefined {
  const ranges = (facets?.iterations ?? []).filter((range) => kind === undefined || range.kind === kind);
  if (ranges.length === 0) return undefined;
  return [Math.min(...ranges.map(({ from }) => from)), Math.max(...ranges.map(({ to }) => to))];
}

interface SelectProps {
  readonly name: string;
  readonly parameter: string;
  readonly values: readonly string[];
}

function Select({ name, parameter, values }: SelectProps) {
  const [parameters, change] = useParameters();
  const value = parameters[parameter] ?? '';
  if (values.length < 2 && value === '') return null;
  const all = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <label className="field">
      <span>{name}</span>
      <select value={value} onChange={({ target }) => change({ [parameter]: target.value })}>
        <option value="">any</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {visible(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface RangeProps {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The least and the largest value there is; undefined where that is not known. */
  readonly hints: readonly [low: number, high: number] | undefined;
}

function Range({ name, from, to, hints }: RangeProps) {
  const [parameters, change] = useParameters();
  const field = (parameter: string, word: string, hint: number | undefined) => (
    <Typed
      type="number"
      name={`${name} ${word}`}
      placeholder={hint === undefined ? '' : String(hint)}
      value={parameters[parameter] ?? ''}
      onChange={(value) => change({ [parameter]: value })}
    />
  );
  return (
    <span className="field range">
      <span>{name}</span>
      {field(from, 'from', hints?.[0])}
      <span aria-hidden="true">–</span>
      {field(to, 'to', hints?.[1])}
    </span>
  );
}

interface TypedProps {
  readonly type: 'search' | 'number';
  readonly name: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly inputRef?: React.Ref<HTMLInputElement>;
}

/** A field that tells what was typed once the typing pauses. */
function Typed({ type, name, placeholder, value, onChange, inputRef }: TypedProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  // What comes from elsewhere, such as a cleared filter or the address, replaces what was typed.
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      ref={inputRef}
      type={type}
      min={type === 'number' ? 0 : undefined}
      aria-label={name}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
