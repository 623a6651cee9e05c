/** What each switch holds back, in plain words. */
import type { SwitchName } from '../api/types.ts';

// biome-ignore format: a table
export const switchWords: Record<SwitchName, { does: string; off: string }> = {
  accept:    { does: 'New withdrawals are accepted',     off: 'New withdrawals are refused with 503. What is under way goes on.' },
  debit:     { does: 'Money is taken from wallets',      off: 'New withdrawals are accepted and wait before anything is taken.' },
  'on-ramp': { does: 'Dollars are turned into USDC',     off: 'Withdrawals wait, their money held, before the on-ramp is asked.' },
  sign:      { does: 'Payouts are signed',               off: 'Nothing new is signed. What is signed already is still sent.' },
  broadcast: { does: 'Signed payouts are sent',          off: 'What is signed is kept and not sent to the network.' },
  webhook:   { does: 'Clients are told',                 off: 'Deliveries wait. Nothing is lost: they are sent in order afterwards.' },
};
