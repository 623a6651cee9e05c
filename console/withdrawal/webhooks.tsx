/** What the client was told about this withdrawal, endpoint by endpoint. */
import { type Answer, ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Delivery, Endpoint, Page, Withdrawal } from '../api/types.ts';
import { Ago, Badge, Empty, Loading, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { deliveryWords } from '../webhooks/words.ts';

const pageSize = 100;
const endpointsMax = 10;
const pagesMax = 3;
type Told = {
  endpoints: number;
  deliveries: (Delivery & { url: string })[];
  /** How many deliveries were looked through; `isAll`: there were no more. */
  looked: number;
  isAll: boolean;
};

const isAbout = ({ body }: Delivery, id: string): boolean => body.includes(`"${id}"`);

async function toldOf({ id, createdAt }: Withdrawal): Promise<Answer<Told>> {
  // The first event may have the very time of the withdrawal.
  const createdAfter = new Date(Date.parse(createdAt) - 1).toISOString();
  let isAll = true;
  const key = keyFor('webhooks:read');
  const endpoints = await ask<Page<Endpoint>>('GET', '/v1/webhook-endpoints', {
    key,
    query: { limit: endpointsMax },
  });
  if (endpoints.is !== 'ok') return endpoints;
  const deliveries: Told['deliveries'] = [];
  let looked = 0;
  for (const { id: endpointId, url } of endpoints.data.data) {
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await ask<Page<Delivery>>(
        'GET',
        `/v1/webhook-endpoints/${endpointId}/deliveries`,
        { key, query: { limit: pageSize, createdAfter, cursor } },
      );
      if (answer.is !== 'ok') return answer;
      const about = answer.data.data.filter((one) => isAbout(one, id));
      deliveries.push(...about.map((one) => ({ ...one, url })));
      looked += answer.data.data.length;
      cursor = answer.data.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    isAll &&= cursor === undefined;
  }
  deliveries.sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
  return {
    is: 'ok',
    status: 200,
    data: { endpoints: endpoints.data.data.length, deliveries, looked, isAll },
  };
}

export function WebhooksOf({ one }: { one: Withdrawal }) {
  const { data, error } = usePoll(`told ${one.id} ${one.stage}`, () => toldOf(one), {
    everyMs: 3_000,
    slowestMs: 120_000,
  });
  return (
    <Panel title="Webhooks">
      {data === null ? (
        error === null ? (
          <Loading rows={2} />
        ) : (
          <Empty title={error} />
        )
      ) : data.endpoints === 0 ? (
        <Empty title="Nobody listens.">
          This client has no webhook endpoint. <a href={to('webhooks')}>Add one</a>
        </Empty>
      ) : data.deliveries.length === 0 ? (
        <Empty title="Nothing was told about it.">
          No endpoint that is there now was to be told of any of its events.
        </Empty>
      ) : (
        <>
          <ul class="entries">
            {data.deliveries.map((delivery) => (
              <li key={delivery.id}>
                <span>
                  <a href={to('deliveries', delivery.id)}>{delivery.type}</a>
                  <span class="note"> {hostOf(delivery.url)}</span>
                </span>
                <span>
                  <Badge tone={deliveryWords[delivery.status].tone}>
                    {deliveryWords[delivery.status].label}
                  </Badge>{' '}
                  <span class="note">
                    <Ago at={delivery.createdAt} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
          {!data.isAll && (
            <p class="note pad">
              Among the newest {data.looked} deliveries since it began: there are more.
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
