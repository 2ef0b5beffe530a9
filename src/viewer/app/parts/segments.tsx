import { useId } from 'react';

interface SegmentsProps<T extends string> {
  /** What is chosen. */
  readonly name: string;
  readonly value: T;
  readonly choices: readonly (readonly [value: T, label: string])[];
  readonly onChange: (value: T) => void;
}

/** One of a few choices, side by side: radio buttons that look like one control. */
export function Segments<T extends string>({ name, value, choices, onChange }: SegmentsProps<T>) {
  const id = useId();
  return (
    <fieldset className="segments">
      <legend className="only-read">{name}</legend>
      {choices.map(([choice, label]) => (
        <label key={choice}>
          <input type="radio" name={id} checked={choice === value} onChange={() => onChange(choice)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
