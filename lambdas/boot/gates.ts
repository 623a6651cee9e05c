/** Builds the circuit breakers in front of the providers, and the probes that find out whether a provider is back. */
import { dynamoBreakers } from '../adapters/dynamo/breakers.ts';
import { type CallJson, callJson, type HttpReply } from '../adapters/net/http.ts';
import { type Gates, makeGates } from '../core/breakers/gates.ts';
import { ShutError } from '../core/kernel/errors.ts';
import type { Answer } from '../core/kernel/outcome.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

/** A question for each operation, by the breaker's name, that moves nothing. It tells whether the provider is well. */
export type Probes = Record<string, () => Promise<boolean>>;
type Method = Parameters<CallJson>[0];

/** Calls through the breaker of each operation. An open one answers `not-asked` in the provider's place. */
export const throughBreakers =
  (
    { pass }: Pick<Gates, 'pass'>,
    operationOf: (method: Method, url: string) => string,
    isWellIn: (reply: HttpReply) => boolean,
  ): CallJson =>
  async (method, url, ...call) => {
    const request = () => callJson(method, url, ...call);
    try {
      return await pass(operationOf(method, url), request, isWellIn);
    } catch (error) {
      if (error instanceof ShutError)
        return { reply: 'not-asked', why: error.message, until: error.until };
      throw error;
    }
  };

/** Whether the provider is well, as a probe's answer shows. A refusal is an answer, too. */
export const isAnAnswer = (answer: Answer<unknown>): boolean => answer.ok || answer.refused;

export const gatesWith = (probes: Probes): Gates => makeGates(bootBreakers(), clock, probes);

export const bootBreakers = () => dynamoBreakers(database(), tables(), clock);
