/** The keys that the page has, with which of them it looks, and the way to give it another. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  client,
  clientKeys,
  forget,
  type Key,
  keys,
  operator,
  operatorKeys,
  use,
} from './api/session.ts';
import { SignIn } from './sign-in.tsx';
import { Button } from './ui/parts.tsx';

const described = ({ scopes }: Key): string => {
  const writes = [...scopes].filter((scope) => scope.endsWith(':write'));
  if (scopes.has('operations') && scopes.size === 1) return 'operations';
  if (writes.length === 0) return 'reads only';
  return scopes.has('operations') ? 'operations, reads and writes' : 'reads and writes';
};

export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = useSignal(false);
  useEffect(() => {
    if (open.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open.value]);
  const names = [client.value?.name, operator.value?.name].filter(
    (name, index, all) => name !== undefined && all.indexOf(name) === index,
  );
  return (
    <>
      <button
        type="button"
        class="button who"
        aria-haspopup="dialog"
        onClick={() => {
          open.value = true;
        }}
      >
        <span class="hidden">Keys: </span>
        <span>{names.join(' + ')}</span>
      </button>
      <dialog
        ref={dialog}
        class="keys"
        aria-label="Keys"
        onClose={() => {
          open.value = false;
        }}
      >
        {open.value && (
          <>
            <Chosen
              title="Look at a client’s things with"
              those={clientKeys.value}
              chosen={client.value}
            />
            <Chosen title="Operate with" those={operatorKeys.value} chosen={operator.value} />
            <SignIn
              title="Add a key"
              onDone={() => {
                open.value = false;
              }}
            />
            <div class="buttons">
              <Button
                kind="danger"
                onClick={() => {
                  keys.value = [];
                }}
              >
                Sign out
              </Button>
              <Button
                onClick={() => {
                  open.value = false;
                }}
              >
                Close
              </Button>
            </div>
          </>
        )}
      </dialog>
    </>
  );
}

function Chosen({
  title,
  those,
  chosen,
}: {
  title: string;
  those: readonly Key[];
  chosen: Key | null;
}) {
  if (those.length === 0) return null;
  return (
    <fieldset class="chosen">
      <legend>{title}</legend>
      {those.map((one) => (
        <div key={one.key}>
          <label>
            <input
              type="radio"
              name={title}
              checked={one.key === chosen?.key}
              onChange={() => use(one)}
            />
            <strong>{one.name}</strong> <span class="note">{described(one)}</span>
          </label>
          <button
            type="button"
            class="button quiet"
            onClick={() => forget(one)}
            aria-label={`Forget the key ${one.name}`}
          >
            Forget
          </button>
        </div>
      ))}
    </fieldset>
  );
}
