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
  wrong = false,
}: FieldProps & { required?: boolean; mono?: boolean; wrong?: boolean }) {
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
        aria-invalid={wrong}
        value={value}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      {note !== undefined && (
        <span class={wrong ? 'note wrong' : 'note'} id={`${id}-note`}>
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
  chosen,
  children,
}: FieldProps & {
  /** Told of each choice, and of the one before it. */
  chosen?: (value: string, before: string) => void;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => {
          const before = value.peek();
          value.value = event.currentTarget.value;
          chosen?.(value.value, before);
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
