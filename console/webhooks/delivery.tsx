/** One event to one endpoint: what is sent, and every attempt with what came back. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { client, keyFor, may } from '../api/session.ts';
import type { Attempt, Delivery } from '../api/types.ts';
import { isSwitchedOff } from '../operations/alarms.tsx';
import { Act } from '../ui/act.tsx';
import { now } from '../ui/clock.ts';
import { CopyBlock } from '../ui/copy-block.tsx';
import { Ago, Badge, Empty, Fact, Facts, Head, Id, NotHere, Notice, Panel } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { duration, relative } from '../words/format.ts';
import { aboutOf, cameOf, deliveryWords, failureWords, read } from './words.ts';

export function DeliveryView({ id }: { id: string }) {
  const at = `/v1/webhook-deliveries/${encodeURIComponent(id)}`;
  const { data: one, error } = usePoll(
    `${at} ${client.value?.key}`,
    () => ask<Delivery>('GET', at, { key: keyFor('webhooks:read') }),
    { slowestMs: 10_000 },
  );
  if (one === null)
    return <NotHere title="Delivery" back={[to('webhooks'), 'Webhooks']} error={error} />;
  const about = aboutOf(one.body);
  return (
    <>
      <Head
        back={[to('webhooks', one.endpointId), 'Endpoint']}
        title={
          <>
            {one.type}{' '}
            <Badge tone={deliveryWords[one.status].tone}>{deliveryWords[one.status].label}</Badge>
          </>
        }
      >
        {may('webhooks:write') && (
          <Act
            label="Deliver again"
            title="Deliver it once more?"
            confirm="Deliver it"
            kind="main"
            run={() => ask('POST', `${at}/redeliver`, { key: keyFor('webhooks:write') })}
          >
            <p>
              The same event is sent again, with the same id. A receiver that keeps the ids it has
              seen takes it once.
            </p>
          </Act>
        )}
      </Head>
      {one.failure !== null && (
        <Notice tone="bad" title="It was given up.">
          {failureWords[one.failure]}
        </Notice>
      )}
      <Next one={one} />
      <div class="columns">
        <div>
          <Panel
            title="Attempts"
            aside={
              one.redeliveries > 0 ? (
                <span class="note">delivered again {one.redeliveries}×</span>
              ) : undefined
            }
          >
            <Attempts those={one.attempts} />
          </Panel>
          {one.earlierAttempts.map((those, index) => (
            <Panel key={index} title={`Attempts of round ${index + 1}`}>
              <Attempts those={those} />
            </Panel>
          ))}
        </div>
        <div>
          <Panel title="Event">
            <Facts>
              <Fact name="Event id">
                <Id id={one.eventId} label="the event’s id" />
              </Fact>
              {about !== null && (
                <Fact name="About">
                  <a href={to(about.startsWith('wd_') ? 'withdrawals' : 'wallets', about)}>
                    {about.slice(0, 14)}…
                  </a>
                </Fact>
              )}
              <Fact name="Happened">
                <Ago at={one.createdAt} />
              </Fact>
            </Facts>
          </Panel>
          <Panel title="Body">
            <CopyBlock text={pretty(one.body)} label="the body" />
          </Panel>
        </div>
      </div>
    </>
  );
}

/** Why one that is to be sent has not been, and when it will be. */
function Next({ one }: { one: Delivery }) {
  if (one.nextAttemptAt === null) return null;
  if (isSwitchedOff('webhook'))
    return (
      <Notice tone="wait" title="It waits for a switch.">
        An operator has switched off that clients are told. <a href={to('controls')}>Switches</a>
      </Notice>
    );
  const at = Date.parse(one.nextAttemptAt);
  const isDue = at <= now.value;
  const isFirst = one.attempts.length === 0;
  return (
    <Notice
      tone={isFirst ? 'info' : 'wait'}
      title={isFirst ? 'It has not been sent yet.' : 'It is tried again.'}
    >
      {isDue
        ? `It has been due for ${duration(now.value - at)}. Events about one withdrawal are sent in order: it waits for those before it, or for its turn.`
        : `It is due ${relative(at, now.value)}.`}
    </Notice>
  );
}

function Attempts({ those }: { those: readonly Attempt[] }) {
  if (those.length === 0) return <Empty title="Not tried yet." />;
  return (
    <ol class="attempts">
      {those.map((one) => (
        <li key={one.number}>
          <div class="attempt-head">
            <strong>Attempt {one.number}</strong>
            <Badge
              tone={one.completedAt === null ? 'moving' : isGood(one) ? 'good' : 'bad'}
              title={one.error}
            >
              {cameOf(one)}
            </Badge>
            <span class="when">
              {one.durationMs === null ? '' : `${duration(one.durationMs)} · `}
              <Ago at={one.startedAt} />
            </span>
          </div>
          {one.error === 'SENT_UNKNOWN' && (
            <p class="note">Its end was never seen, so the receiver may have got it.</p>
          )}
          {one.query !== null && <pre class="answer">?{one.query}</pre>}
          {one.responseBody !== null && one.responseBody !== '' && (
            <pre class="answer">{one.responseBody}</pre>
          )}
        </li>
      ))}
    </ol>
  );
}

const isGood = ({ httpStatus }: Attempt): boolean =>
  httpStatus !== null && httpStatus >= 200 && httpStatus < 300;

const pretty = (body: string): string => {
  const value = read(body);
  return value === null ? body : JSON.stringify(value, null, 2);
};
