/** Those that Drawbridge asks, and whether it asks them at the moment: a breaker opens when one fails again and again. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import type { CircuitBreakers } from '../api/types.ts';
import { Ago, Badge, Empty, Head, Loading, Notice, Panel } from '../ui/parts.tsx';
import { Table } from '../ui/table.tsx';
import type { Tone } from '../words/stages.ts';

type State = CircuitBreakers['data'][number]['state'];
// biome-ignore format: a table
const states: Record<State, { label: string; tone: Tone; means: string }> = {
  CLOSED:    { label: 'Closed',    tone: 'good',    means: 'It is asked.' },
  OPEN:      { label: 'Open',      tone: 'bad',     means: 'It failed again and again, and is left alone for a while. What needs it waits.' },
  HALF_OPEN: { label: 'Half open', tone: 'waiting', means: 'One question finds out whether it answers again.' },
};
const does: Record<CircuitBreakers['data'][number]['operation'], string> = {
  journal: 'moves cash',
  quote: 'gives a price',
  read: 'is read',
  send: 'takes transactions',
  transfer: 'converts dollars',
};

export function Providers() {
  const { data, error } = usePoll(
    'breakers',
    () => ask<CircuitBreakers>('GET', '/v1/circuit-breakers', { key: keyFor('operations') }),
    {
      everyMs: 2_000,
    },
  );
  const by = Map.groupBy(data?.data ?? [], ({ provider }) => provider);
  return (
    <>
      <Head
        title="Providers"
        lead="Whom Drawbridge asks. One that fails again and again is left alone for a while, and what needs it waits, with its money held."
      />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === null ? (
        error === null && <Loading rows={6} />
      ) : by.size === 0 ? (
        <Empty title="No provider is configured." />
      ) : (
        <Panel title="Circuit breakers">
          <Table
            label="Circuit breakers"
            columns={[
              'Provider',
              'What it does',
              'State',
              { name: 'Failures in a row', end: true },
              'Since',
            ]}
          >
            {[...by].flatMap(([provider, those]) =>
              those.map((one, index) => (
                <tr
                  key={`${provider} ${one.operation}`}
                  class={index === those.length - 1 ? '' : 'same'}
                >
                  <td>
                    {index === 0 ? (
                      <strong>{provider}</strong>
                    ) : (
                      <span class="again hidden">{provider}</span>
                    )}
                  </td>
                  <td>{does[one.operation]}</td>
                  <td>
                    <Badge tone={states[one.state].tone}>{states[one.state].label}</Badge>{' '}
                    <span class="note">{states[one.state].means}</span>
                  </td>
                  <td class="end">{one.failures}</td>
                  <td>
                    {one.since === null ? <span class="note">—</span> : <Ago at={one.since} />}
                  </td>
                </tr>
              )),
            )}
          </Table>
        </Panel>
      )}
    </>
  );
}
