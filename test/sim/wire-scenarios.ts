/** Conversions whose dollars the firm wires: for a transfer that waits for them, or into a virtual account. */
import { ends, type Happens, isIn, never, one, type Scenario } from './scenario.ts';

const byWire = { ON_RAMP_PAY_IN: 'wire' } as const;
const byDeposit = { ON_RAMP_PAY_IN: 'virtual-account' } as const;

export const wireScenarios: readonly Scenario[] = [
  one({ name: 'wire', wallet: 'USD', ends: 'settled', since: 'converting', options: { env: byWire } }),
  one({ name: 'deposit', wallet: 'USD', ends: 'settled', since: 'reserved', options: { env: byDeposit } }),
];
