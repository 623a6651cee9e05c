/** Fields of a form, each with its label and what has to be known to fill it in. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

type FieldProps = { label: string; value: Signal<string>; note?: string };

export function Text({
  label,
  value,
  note,
  required = false,
  mono = false,
}: FieldProps & { required?: boolean; mono?: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        class={mono ? 'mono' : ''}
        required={required}
        autoComplete="off"
        spellcheck={false}
        value={value}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      {note !== undefined && (
        <span class="note" id={`${id}-note`}>
          {note}
        </span>
      )}
    </div>
  );
}

export function Select({
  label,
  value,
  note,
  children,
}: FieldProps & { children: ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => {
          value.value = event.currentTarget.value;
        }}
      >
        {children}
      </select>
      {note !== undefined && (
        <span class="note" id={`${id}-note`}>
          {note}
        </span>
      )}
    </div>
  );
}
