/** Whom a client has told, and how well that goes. */
import { useSignal } from '@preact/signals';
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may } from '../api/session.ts';
import type { Endpoint, Page, WebhookStats } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { useMore } from '../ui/more.tsx';
import { Ago, Badge, Empty, Head, Loading, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { count, duration } from '../words/format.ts';
import { Secret } from './secret.tsx';
import { eventNames, stateOf, toldOf } from './words.ts';

export function Webhooks() {
  const { data, error } = usePoll(
    `endpoints ${client.value?.key}`,
    () => ask<Page<Endpoint>>('GET', '/v1/webhook-endpoints', { key: keyFor('webhooks:read') }),
    { everyMs: 3_000, slowestMs: 30_000 },
  );
  const stats = usePoll(
    `webhook stats ${client.value?.key}`,
    () => ask<WebhookStats>('GET', '/v1/webhooks/stats', { key: keyFor('webhooks:read') }),
    { everyMs: 3_000, slowestMs: 30_000 },
  ).data;
  const { rows, more } = useMore<Endpoint>(data, '/v1/webhook-endpoints', 'webhooks:read');
  const statsOf = new Map(stats?.byEndpoint.map((one) => [one.endpointId, one]));
  return (
    <>
      <Head
        title="Webhooks"
        lead="What happens is told to the client’s own servers, signed, in order, and again until they have it."
      >
        {may('webhooks:write') && <NewEndpoint />}
      </Head>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {stats !== null && stats.attempts > 0 && (
        <dl class="tiles">
          <Tile name="Delivered">{count(stats.completed)}</Tile>
          <Tile name="On their way">{count(stats.pending + stats.processing)}</Tile>
          <Tile name="Given up" isAlarm={stats.failed > 0}>
            {count(stats.failed)}
          </Tile>
          <Tile name="Half of the attempts take">
            {stats.p50Ms === null ? '—' : duration(stats.p50Ms)}
          </Tile>
          <Tile name="95 % at most">{stats.p95Ms === null ? '—' : duration(stats.p95Ms)}</Tile>
        </dl>
      )}
      {data === null ? (
        error === null && <Loading />
      ) : rows.length === 0 ? (
        <Empty title="Nobody is told anything yet.">
          {may('webhooks:write')
            ? 'Add an endpoint: a URL of yours that is called whenever a withdrawal moves.'
            : 'An endpoint needs a key that may write.'}
        </Empty>
      ) : (
        <Panel title="Endpoints">
          <Table
            label="Endpoints"
            columns={[
              'URL',
              'Events',
              'State',
              { name: 'Delivered', end: true },
              { name: 'Given up', end: true },
              'Since',
            ]}
          >
            {rows.map((one) => {
              const counts = statsOf.get(one.id);
              const state = stateOf(one, counts);
              return (
                <tr key={one.id} class="row">
                  <td class="url">
                    <a class="cover" href={to('webhooks', one.id)}>
                      {one.url}
                    </a>
                    {one.description !== null && <span class="note"> {one.description}</span>}
                  </td>
                  <td>{toldOf(one.events)}</td>
                  <td>
                    <Badge tone={state.tone}>{state.label}</Badge>
                  </td>
                  <td class="end">{count(counts?.completed ?? 0)}</td>
                  <td class={`end ${(counts?.failed ?? 0) > 0 ? 'alarm' : ''}`}>
                    {count(counts?.failed ?? 0)}
                  </td>
                  <td>
                    <Ago at={one.createdAt} />
                  </td>
                </tr>
              );
            })}
          </Table>
          {more}
        </Panel>
      )}
    </>
  );
}

type TileProps = { name: string; isAlarm?: boolean; children: string };
const Tile = ({ name, isAlarm = false, children }: TileProps) => (
  <div class={isAlarm ? 'alarm' : ''}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

function NewEndpoint() {
  const url = useSignal('');
  const events = useSignal<string>('*');
  return (
    <Act
      label="New endpoint"
      title="Tell a server of yours"
      confirm="Add it"
      kind="main"
      run={() =>
        ask('POST', '/v1/webhook-endpoints', {
          key: keyFor('webhooks:write'),
          body: { url: url.value.trim(), events: [events.value] },
        })
      }
      done={(data) => <Secret secret={(data as { secret: string }).secret} />}
    >
      <label class="field">
        <span>URL (https, on the public internet)</span>
        <input
          type="url"
          placeholder="https://example.com/drawbridge"
          value={url}
          onInput={(event) => {
            url.value = event.currentTarget.value;
          }}
        />
      </label>
      <label class="field">
        <span>Events</span>
        <select
          value={events}
          onChange={(event) => {
            events.value = event.currentTarget.value;
          }}
        >
          {eventNames.map((name) => (
            <option key={name} value={name}>
              {name === '*' ? 'all of them' : name}
            </option>
          ))}
        </select>
      </label>
    </Act>
  );
}
