/** What waits in the queues, and what was put aside because a step could not deal with it. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { DeadLetters, Redriven, Stats, Step } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Ago, Empty, Head, Loading, Notice, Panel, StatusBadge } from '../ui/parts.tsx';
import { parts, to } from '../ui/route.ts';
import { Table } from '../ui/table.tsx';
import { count } from '../words/format.ts';
import { stepWords } from '../words/stages.ts';

const steps = Object.keys(stepWords) as Step[];
const isStep = (name: string | undefined): name is Step =>
  (steps as readonly (string | undefined)[]).includes(name);

export function Queues() {
  const { data, error } = usePoll(
    'stats',
    () => ask<Stats>('GET', '/v1/stats', { key: keyFor('operations') }),
    { everyMs: 2_000 },
  );
  const chosen = parts.value[1];
  return (
    <>
      <Head
        title="Queues"
        lead="Each step has a queue of doorbells. A doorbell that a step could not answer is put aside as a dead letter: no money is lost with it, and it can be sent back."
      />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && <Loading rows={6} />
      ) : (
        <>
          <dl class="tiles">
            <Tile name="Open">{count(data.inFlight)}</Tile>
            <Tile name="Paid">{count(data.succeeded)}</Tile>
            <Tile name="Failed, money back">{count(data.failed)}</Tile>
            <Tile name="Tries again, in all">{count(data.retries)}</Tile>
          </dl>
          <Panel title="Steps">
            <Table
              label="Queues"
              columns={[
                'Step',
                'Does',
                { name: 'Waiting', end: true },
                { name: 'Dead letters', end: true },
                '',
              ]}
            >
              {steps.map((step) => {
                const dead = data.deadLetters[step] ?? 0;
                return (
                  <tr key={step}>
                    <td>
                      <strong>{step}</strong>
                    </td>
                    <td class="note">{stepWords[step]}</td>
                    <td class="end">
                      {data.queueDepth[step] === undefined ? (
                        <span class="note">stream</span>
                      ) : (
                        count(data.queueDepth[step])
                      )}
                    </td>
                    <td class={`end ${dead > 0 ? 'alarm' : ''}`}>{count(dead)}</td>
                    <td class="end">
                      <a
                        href={to('queues', step)}
                        aria-current={chosen === step ? 'true' : undefined}
                        aria-label={`Look at the dead letters of ${step}`}
                      >
                        Look
                      </a>
                    </td>
                  </tr>
                );
              })}
            </Table>
          </Panel>
        </>
      )}
      {isStep(chosen) && <Letters key={chosen} step={chosen} />}
    </>
  );
}

const Tile = ({ name, children }: { name: string; children: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** They read the stream of changes, and have no queue. */
const isOfStream = (step: Step): boolean => step === 'relay' || step === 'bus';
const whatRings =
  'Each goes back into its queue and rings once more. Steps look first what is done already, so nothing is done twice.';
const whatIsTold =
  'All that happened in the time that they are about is looked at: clients are told what they were not told, and it is put on the event bus once more. Then they are gone.';
const sentBackWords: Record<Redriven['status'], string> = {
  STARTED: 'They are on their way.',
  RUNNING: 'They are on their way already.',
  NOTHING: 'There is nothing to send back.',
  UNREADABLE: 'Nobody can read what lies here: take it away, one by one.',
};

const TakeAway = ({ step, messageId }: { step: Step; messageId: string }) => (
  <Act
    label="Take it away"
    title="Take this dead letter away?"
    confirm="Take it away"
    kind="danger"
    reason={{ hint: 'Where it is from' }}
    run={(reason) =>
      ask('POST', `/v1/dead-letters/${step}/discard`, {
        key: keyFor('operations'),
        body: { messageId, reason },
      })
    }
  >
    <p>None of our code has sent it, so nothing waits for it. It is gone for good.</p>
  </Act>
);

function Letters({ step }: { step: Step }) {
  const { data, error } = usePoll(
    `letters ${step}`,
    () => ask<DeadLetters>('GET', `/v1/dead-letters/${step}`, { key: keyFor('operations') }),
    {
      everyMs: 5_000,
      slowestMs: 30_000,
    },
  );
  const total = data === null ? 0 : Math.max(data.total, data.data.length);
  return (
    <Panel
      title={`Dead letters of ${step}`}
      aside={
        total > 0 ? (
          <Act
            label="Send them back"
            title={`Send the dead letters of ${step} back?`}
            confirm="Send them back"
            kind="main"
            run={() =>
              ask('POST', `/v1/dead-letters/${step}/redrive`, { key: keyFor('operations') })
            }
            done={(answer) => sentBackWords[(answer as Redriven).status]}
          >
            <p>{isOfStream(step) ? whatIsTold : whatRings}</p>
            <p>Mend what made them fail before, or they come back here.</p>
          </Act>
        ) : undefined
      }
    >
      {data === null ? (
        error === null ? (
          <Loading />
        ) : (
          <Empty title={error} />
        )
      ) : data.data.length === 0 ? (
        <Empty
          title={
            total === 0
              ? 'Nothing was put aside.'
              : 'They are being looked at elsewhere: ask again in a moment.'
          }
        />
      ) : (
        <ul class="letters">
          {data.data.map((letter) => (
            <li key={letter.messageId}>
              <p>
                <strong>{letter.why ?? 'Nobody knows any more why it failed.'}</strong>
              </p>
              {!letter.readable && <TakeAway step={step} messageId={letter.messageId} />}
              <p class="note">
                Received {letter.receives}×, sent <Ago at={letter.sentAt} />
                {letter.failedAt !== null && (
                  <>
                    , failed <Ago at={letter.failedAt} />
                  </>
                )}
              </p>
              {letter.withdrawals.length > 0 ? (
                <ul class="entries">
                  {letter.withdrawals.map((one) => (
                    <li key={one.id}>
                      <span>
                        <a href={to('withdrawals', one.id)}>{one.id.slice(0, 14)}…</a>{' '}
                        <span class="note">
                          {one.tenant} · {one.stage}
                        </span>
                      </span>
                      <StatusBadge status={one.status} />
                    </li>
                  ))}
                </ul>
              ) : (
                <p class="note">{letter.ids.join(', ')}</p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
