/** What can be done about an endpoint. */
import { useSignal } from '@preact/signals';
import { ask } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Endpoint } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { go } from '../ui/route.ts';
import { Secret } from './secret.tsx';

export function EndpointActions({ one }: { one: Endpoint }) {
  const at = `/v1/webhook-endpoints/${one.id}`;
  const since = useSignal(fieldOf(Date.now() - dayMs));
  const key = keyFor('webhooks:write');
  return (
    <>
      <Act
        label="Send a test"
        title="Send a test event?"
        confirm="Send it"
        kind="main"
        run={() => ask('POST', `${at}/test`, { key })}
      >
        <p>A signed event of the type webhook-endpoint.test is sent. It is about nothing.</p>
      </Act>
      <Act
        label="Replay"
        title="Replay what happened"
        confirm="Replay it"
        run={() =>
          ask('POST', `${at}/replay`, { key, body: { since: new Date(since.value).toISOString() } })
        }
        done={(data) =>
          `${(data as { total: number }).total} deliveries are sent once more, each with its own event id.`
        }
      >
        <p>
          All that this endpoint was told since then is sent once more, with the same event ids: a
          receiver that keeps them takes each once.
        </p>
        <label class="field">
          <span>Since</span>
          <input
            type="datetime-local"
            value={since}
            onInput={(event) => {
              since.value = event.currentTarget.value;
            }}
          />
        </label>
      </Act>
      <Act
        label="Rotate the secret"
        title="Make a new secret?"
        confirm="Make it"
        run={() => ask('POST', `${at}/rotate-secret`, { key })}
        done={(data) => <Secret secret={(data as { secret: string }).secret} />}
      >
        <p>The old one signs along for 24 hours, so nothing is refused while you change it.</p>
      </Act>
      <Act
        label={one.enabled ? 'Disable' : 'Enable'}
        title={one.enabled ? 'Disable this endpoint?' : 'Enable this endpoint?'}
        confirm={one.enabled ? 'Disable it' : 'Enable it'}
        run={() => ask('PATCH', at, { key, body: { enabled: !one.enabled } })}
      >
        <p>
          {one.enabled
            ? 'Nothing is sent to it until it is enabled again.'
            : 'It is told what happens from now on. Replay what it missed.'}
        </p>
      </Act>
      <Act
        label="Delete"
        title="Delete this endpoint?"
        confirm="Delete it"
        kind="danger"
        run={async () => {
          const answer = await ask('DELETE', at, { key });
          if (answer.is === 'ok') go('webhooks');
          return answer;
        }}
      >
        <p>
          Nothing is sent to it any more, not even what is on its way. What was delivered stays on
          record.
        </p>
      </Act>
    </>
  );
}
const dayMs = 86_400_000;
const minuteMs = 60_000;
/** The reader’s own time as a field of a form has it: `2026-11-28T12:00`. */
const fieldOf = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * minuteMs)
    .toISOString()
    .slice(0, -':00.000Z'.length);
