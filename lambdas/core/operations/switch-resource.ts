/** What operators see of the switches and of the processor. */
import { timeOf } from '../kernel/time.ts';
import { type SwitchName, switchNames, type Turn, type Turns } from '../switches/switches.ts';

const nobody = { by: null, reason: null, at: null } as const;
const saidOf = ({ said: { by, reason, at } }: Turn) => ({ by, reason, at: timeOf(at) });

export const switchResourceOf = (name: SwitchName, turns: Turns) => {
  const turned = turns.get(name);
  return { name, on: turned?.on ?? true, ...(turned === undefined ? nobody : saidOf(turned)) };
};

export const switchesResourceOf = (turns: Turns, history: readonly Turn[]) => ({
  data: switchNames.map((name) => switchResourceOf(name, turns)),
  history: history.map((turned) => ({ name: turned.lever, on: turned.on, ...saidOf(turned) })),
});

export const processorResourceOf = (on: boolean, turned: Turn | undefined) => ({
  state: on ? ('RUNNING' as const) : ('STOPPED' as const),
  ...(turned === undefined ? nobody : saidOf(turned)),
});
