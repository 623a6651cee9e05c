/** The steps that have a queue, in the order in which a withdrawal meets them. */
export const steps = [
  'debit',
  'on-ramp',
  'broadcast',
  'confirm',
  'settle',
  'refund',
  'webhook',
  'webhook-retry',
] as const;
export type Step = (typeof steps)[number];
