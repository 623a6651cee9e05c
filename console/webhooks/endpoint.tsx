/** One endpoint: what it is told, each delivery with how it went, and what can be done about it. */
import { useSignal } from '@preact/signals';
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may } from '../api/session.ts';
import type { Delivery, Endpoint, Page, WebhookStats } from '../api/types.ts';
import { useMore } from '../ui/more.tsx';
import { Ago, Badge, Empty, Head, Id, Loading, NotHere, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { count, duration, short } from '../words/format.ts';
import { EndpointActions } from './endpoint-actions.tsx';
import { aboutOf, cameOf, deliveryWords, stateOf, toldOf } from './words.ts';

const statuses = ['', 'PENDING', 'PROCESSING', 'COMPLETED', 'FAILED'] as const;

export function EndpointView({ id }: { id: string }) {
  const at = `/v1/webhook-endpoints/${encodeURIComponent(id)}`;
  const status = useSignal<(typeof statuses)[number]>('');
  const { data: one, error } = usePoll(
    `${at} ${client.value?.key}`,
    () => ask<Endpoint>('GET', at, { key: keyFor('webhooks:read') }),
    { slowestMs: 15_000 },
  );
  const stats = usePoll(
    `webhook stats ${client.value?.key}`,
    () => ask<WebhookStats>('GET', '/v1/webhooks/stats', { key: keyFor('webhooks:read') }),
    { everyMs: 3_000, slowestMs: 30_000 },
  ).data;
  const counts = stats?.byEndpoint.find(({ endpointId }) => endpointId === id);
  const query: Record<string, string> = status.value === '' ? {} : { status: status.value };
  const list = usePoll(
    `${at} deliveries ${status.value}`,
    () => ask<Page<Delivery>>('GET', `${at}/deliveries`, { key: keyFor('webhooks:read'), query }),
    { slowestMs: 15_000 },
  );
  const { rows, more } = useMore<Delivery>(list.data, `${at}/deliveries`, 'webhooks:read', query);
  if (one === null)
    return <NotHere title="Endpoint" back={[to('webhooks'), 'Webhooks']} error={error} />;
  const state = stateOf(one, counts);
  return (
    <>
      <Head back={[to('webhooks'), 'Webhooks']} title={<span class="url">{one.url}</span>}>
        {may('webhooks:write') && <EndpointActions one={one} />}
      </Head>
      {one.disabledReason !== null && (
        <Notice tone="bad" title="It was disabled.">
          {one.disabledReason === 'RECEIVER_GONE'
            ? 'Its receiver answered 410: never again.'
            : 'Every attempt of five days failed.'}{' '}
          Enable it when the receiver works, and replay what it missed.
        </Notice>
      )}
      {one.enabled && counts !== undefined && counts.failed > 0 && (
        <Notice
          tone={counts.completed === 0 ? 'bad' : 'wait'}
          title={
            counts.completed === 0
              ? 'It has got nothing of what was sent to it.'
              : `It has missed ${count(counts.failed)} of ${count(counts.failed + counts.completed)}.`
          }
        >
          {count(counts.failed)} {counts.failed === 1 ? 'was' : 'were'} given up after seven
          attempts. The list says what came of the last. When the receiver works, “Replay” sends
          again what it missed, with the same ids.
        </Notice>
      )}
      <dl class="tiles">
        <div>
          <dt>State</dt>
          <dd class="small">
            <Badge tone={state.tone}>{state.label}</Badge>
          </dd>
        </div>
        <div>
          <dt>Is told</dt>
          <dd class="small">{toldOf(one.events)}</dd>
        </div>
        <div>
          <dt>Called by</dt>
          <dd class="small">{one.method}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd class="small">
            <Id id={one.id} label="the id" />
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd class="small">
            <Ago at={one.createdAt} />
          </dd>
        </div>
      </dl>
      <Panel
        title="Deliveries"
        aside={
          <label class="inline">
            <span class="hidden">Status</span>
            <select
              value={status}
              onChange={(event) => {
                status.value = event.currentTarget.value as (typeof statuses)[number];
              }}
            >
              {statuses.map((name) => (
                <option key={name} value={name}>
                  {name === '' ? 'All' : deliveryWords[name].label}
                </option>
              ))}
            </select>
          </label>
        }
      >
        {list.data === null ? (
          list.error === null ? (
            <Loading />
          ) : (
            <Empty title={list.error} />
          )
        ) : rows.length === 0 ? (
          <Empty title="Nothing was delivered here.">
            It is called when something happens. Send a test to see that it works.
          </Empty>
        ) : (
          <>
            <Table
              label="Deliveries"
              columns={[
                'Event',
                'About',
                'State',
                { name: 'Attempts', end: true },
                'Last answer',
                { name: 'Took', end: true },
                'When',
              ]}
            >
              {rows.map((delivery) => {
                const last = delivery.attempts.at(-1);
                const about = aboutOf(delivery.body);
                return (
                  <tr key={delivery.id} class="row">
                    <td>
                      <a class="cover" href={to('deliveries', delivery.id)}>
                        {delivery.type}
                      </a>
                    </td>
                    <td>
                      <code title={about ?? undefined}>
                        {about === null ? '—' : short(about, 7, 4)}
                      </code>
                    </td>
                    <td>
                      <Badge tone={deliveryWords[delivery.status].tone}>
                        {deliveryWords[delivery.status].label}
                      </Badge>
                    </td>
                    <td class="end">{delivery.attempts.length}</td>
                    <td>{last === undefined ? <span class="note">—</span> : cameOf(last)}</td>
                    <td class="end">{last?.durationMs == null ? '' : duration(last.durationMs)}</td>
                    <td>
                      <Ago at={delivery.createdAt} />
                    </td>
                  </tr>
                );
              })}
            </Table>
            {more}
          </>
        )}
      </Panel>
    </>
  );
}
