/** A change that somebody asks for: what it will do is said first, then it is done, then what came of it is said. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { type Answer, saidBy } from '../api/call.ts';
import { refreshNow } from '../api/poll.ts';
import { withClock } from '../words/format.ts';
import { Button, Notice } from './parts.tsx';

export type ActProps = {
  /** The words on the button that opens it. */
  label: string;
  /** The question, and the words of the button that does it. */
  title: string;
  confirm: string;
  /** What it will do. */
  children: ComponentChildren;
  /** Asks for a reason in one line, which is kept. */
  reason?: { hint: string };
  kind?: 'main' | 'plain' | 'danger';
  disabled?: boolean;
  run(reason: string): Promise<Answer<unknown>>;
  /** What is said when it is done; `null` closes without a word. */
  done?(data: unknown): ComponentChildren;
};

export function Act(props: ActProps) {
  const open = useSignal(false);
  const { label, kind = 'plain', disabled = false } = props;
  return (
    <>
      <Button
        kind={kind}
        disabled={disabled}
        onClick={() => {
          open.value = true;
        }}
      >
        {label}
      </Button>
      {open.value && (
        <ActDialog
          {...props}
          close={() => {
            open.value = false;
          }}
        />
      )}
    </>
  );
}

function ActDialog({
  title,
  confirm,
  children,
  reason,
  kind,
  run,
  done,
  close,
}: ActProps & { close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const reasonId = useId();
  const given = useSignal('');
  const busy = useSignal(false);
  const error = useSignal<string | null>(null);
  const said = useSignal<ComponentChildren>(null);

  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);

  const act = async (): Promise<void> => {
    busy.value = true;
    error.value = null;
    const answer = await run(given.value.trim());
    busy.value = false;
    refreshNow();
    if (answer.is !== 'ok') error.value = withClock(saidBy(answer));
    else {
      const words = done?.(answer.data) ?? null;
      if (words === null) close();
      else said.value = words;
    }
  };
  const lacksReason = reason !== undefined && given.value.trim() === '';

  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (said.value === null && !lacksReason) void act();
        }}
      >
        <h2 id={titleId}>{title}</h2>
        {said.value === null ? (
          <>
            <div class="prose">{children}</div>
            {reason !== undefined && (
              <label class="field" htmlFor={reasonId}>
                <span>Why? It is kept on record.</span>
                <input
                  id={reasonId}
                  type="text"
                  required
                  maxLength={500}
                  autoComplete="off"
                  placeholder={reason.hint}
                  value={given}
                  onInput={(event) => {
                    given.value = event.currentTarget.value;
                  }}
                />
              </label>
            )}
            {error.value !== null && <Notice tone="bad">{error.value}</Notice>}
            <div class="buttons">
              <Button onClick={close}>Leave it</Button>
              <button
                type="submit"
                class={`button ${kind === 'danger' ? 'danger' : 'main'}`}
                disabled={busy.value || lacksReason}
              >
                {busy.value ? 'One moment …' : confirm}
              </button>
            </div>
          </>
        ) : (
          <>
            <div class="prose" role="status">
              {said.value}
            </div>
            <div class="buttons">
              <Button kind="main" onClick={close}>
                Close
              </Button>
            </div>
          </>
        )}
      </form>
    </dialog>
  );
}
