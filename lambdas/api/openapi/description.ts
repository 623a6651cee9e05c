/** What a description of an operation in the OpenAPI document is made of. */
import type * as z from 'zod';
import type { ProblemCode } from '../../core/requests/problem.ts';
import { pageOf } from './resources.ts';

export const tags = {
  Withdrawals: 'Money on its way to an address on a chain.',
  Wallets: 'What withdrawals are paid from.',
  Webhooks: 'Who is told what happens.',
  Providers: 'What the services that we use tell us.',
  Operators: 'What our own people see and decide, over all tenants.',
  Service: 'The service itself.',
} as const;

/** An answer. `type` is its media type where that is not JSON; without a schema it has no body. */
export type Answer = { is: string; schema: z.ZodType | null; type?: string };
export type Description = {
  tag: keyof typeof tags;
  summary: string;
  description?: string;
  answers: Readonly<Record<number, Answer>>;
  /** The problems that do not follow from the operation's scope, key, body and parameters. */
  problems?: readonly ProblemCode[];
};

export const ok = (is: string, schema: z.ZodType) => ({ 200: { is, schema } });
export const page = (item: z.ZodType, id: string) => ok('A page, newest first.', pageOf(item, id));
