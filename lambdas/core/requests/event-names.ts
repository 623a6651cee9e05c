/** The events that clients may ask for, and the patterns that stand for several. */

/** `+credit` and `-debit` are other names of the wallet's two events. */
export const eventAliases = { '+credit': 'wallet.credited', '-debit': 'wallet.debited' } as const;

export const eventTypes = [
  'withdrawal.requested',
  'withdrawal.reserved',
  'withdrawal.converted',
  'withdrawal.broadcast',
  'withdrawal.retrying',
  'withdrawal.completed',
  'withdrawal.failed',
  'withdrawal.cancelled',
  'withdrawal.review',
  'wallet.credited',
  'wallet.debited',
  'webhook-endpoint.disabled',
] as const;

/** What an endpoint may want: an event, all events of a kind, or all. A pattern that fits nothing is a mistake, and refused. */
export const eventPatterns = [
  ...eventTypes,
  '+credit',
  '-debit',
  'withdrawal.*',
  'wallet.*',
  'webhook-endpoint.*',
  '*',
] as const;

/** The event's own name, for any name of it. */
export const eventTypeOf = (name: string): string =>
  name === '+credit' || name === '-debit' ? eventAliases[name] : name;

/** Whether a pattern stands for everything that the other one stands for. An event's name is a pattern of one. */
export function covers(pattern: string, other: string): boolean {
  const [wide, narrow] = [eventTypeOf(pattern), eventTypeOf(other)];
  return (
    wide === '*' || wide === narrow || (wide.endsWith('.*') && narrow.startsWith(wide.slice(0, -1)))
  );
}
