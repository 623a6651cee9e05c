/** What operators hold back: everything that moves money, or one step of it. Who did it, when and why is kept. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { Processor, Switches } from '../api/types.ts';
import { Act } from '../ui/act.tsx';
import { Ago, Badge, Empty, Head, Loading, Notice, Panel } from '../ui/parts.tsx';
import { Table } from '../ui/table.tsx';
import { switchWords } from '../words/switches.ts';

export function Controls() {
  const key = keyFor('operations');
  const { data, error } = usePoll(
    'switches',
    () => ask<Switches>('GET', '/v1/operations/switches', { key }),
    { everyMs: 2_000 },
  );
  const processor = usePoll('processor', () => ask<Processor>('GET', '/v1/processor', { key }), {
    everyMs: 2_000,
  }).data;
  return (
    <>
      <Head
        title="Switches"
        lead="Each holds one step back. A switch is looked at inside the step that it guards, right before money would move."
      />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {processor !== null && <TheProcessor processor={processor} />}
      {data === null ? (
        error === null && <Loading rows={6} />
      ) : (
        <>
          <Panel title="Steps">
            <ul class="switches">
              {data.data.map((one) => (
                <li key={one.name} class={one.on ? '' : 'off'}>
                  <div>
                    <strong>{switchWords[one.name].does}</strong>{' '}
                    <Badge tone={one.on ? 'good' : 'bad'}>{one.on ? 'On' : 'Off'}</Badge>
                    <p class="note">
                      {one.on || one.at === null ? (
                        <code>{one.name}</code>
                      ) : (
                        <>
                          {one.by}: “{one.reason}”, <Ago at={one.at} />
                        </>
                      )}
                    </p>
                  </div>
                  <Act
                    label={one.on ? 'Switch off' : 'Switch on'}
                    title={one.on ? `Switch “${one.name}” off?` : `Switch “${one.name}” on again?`}
                    confirm={one.on ? 'Switch it off' : 'Switch it on'}
                    kind={one.on ? 'danger' : 'main'}
                    reason={{
                      hint: one.on ? 'The on-ramp quotes nonsense.' : 'The on-ramp is well again.',
                    }}
                    run={(reason) =>
                      ask('PUT', `/v1/operations/switches/${one.name}`, {
                        key,
                        body: { on: !one.on, reason },
                      })
                    }
                  >
                    <p>
                      {one.on
                        ? switchWords[one.name].off
                        : 'What waits for it goes on by itself within a minute.'}
                    </p>
                    <p class="note">Every step knows it within two seconds.</p>
                  </Act>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title="Who turned what">
            {data.history.length === 0 ? (
              <Empty title="Nobody has turned anything yet." />
            ) : (
              <Table label="History" columns={['What', 'To', 'By', 'Why', 'When']}>
                {data.history.map((turn) => (
                  <tr key={`${turn.name} ${turn.at}`}>
                    <td>
                      <code>{turn.name}</code>
                    </td>
                    <td>{turn.on ? 'on' : 'off'}</td>
                    <td>{turn.by}</td>
                    <td class="reason">{turn.reason}</td>
                    <td>
                      <Ago at={turn.at} />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Panel>
        </>
      )}
    </>
  );
}

function TheProcessor({ processor }: { processor: Processor }) {
  const isOn = processor.state === 'RUNNING';
  return (
    <Notice
      tone={isOn ? 'good' : 'bad'}
      title={isOn ? 'The processor runs.' : 'The processor is stopped.'}
    >
      <p>
        {isOn
          ? 'Withdrawals are accepted and carried out.'
          : 'Withdrawals are accepted, and nothing new that moves money is begun.'}
        {!isOn && processor.at !== null && (
          <>
            {' '}
            {processor.by}
            {processor.reason === null ? '' : `: “${processor.reason}”`}, <Ago at={processor.at} />.
          </>
        )}
      </p>
      <Act
        label={isOn ? 'Stop everything' : 'Start again'}
        title={isOn ? 'Stop everything that moves money?' : 'Start the processor again?'}
        confirm={isOn ? 'Stop it' : 'Start it'}
        kind={isOn ? 'danger' : 'main'}
        reason={{ hint: isOn ? 'We look at something first.' : 'It was nothing.' }}
        run={(reason) =>
          ask('POST', `/v1/processor/${isOn ? 'stop' : 'start'}`, {
            key: keyFor('operations'),
            body: { reason },
          })
        }
      >
        <p>
          {isOn
            ? 'Withdrawals are still accepted. No new call that moves money is begun; what was begun is followed to its end.'
            : 'What waits goes on by itself within a minute.'}
        </p>
      </Act>
    </Notice>
  );
}
