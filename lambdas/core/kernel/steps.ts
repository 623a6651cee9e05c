/** The steps that have a queue, in the order in which a withdrawal meets them. */
export const steps = [
  'journal',
  'debit',
  'on-ramp',
  'broadcast',
  'confirm',
  'refund',
  'webhook',
  'webhook-retry',
] as const;
export type Step = (typeof steps)[number];
