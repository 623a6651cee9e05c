/** Builds the circuit breakers in front of the providers, and the probes that find out whether a provider is back. */
import { dynamoBreakers } from '../adapters/dynamo/breakers.ts';
import { type CallJson, callJson, type HttpReply } from '../adapters/net/http.ts';
import { type Gates, makeGates } from '../core/breakers/gates.ts';
import { about } from '../core/kernel/about.ts';
import { errorName, ShutError } from '../core/kernel/errors.ts';
import type { Answer } from '../core/kernel/outcome.ts';
import type { Instant } from '../core/kernel/time.ts';
import { tellOfCall } from './provider-calls.ts';
import { database, riding, tables } from './tables.ts';
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
    const asked = {
      method,
      path: new URL(url).pathname.replace(/\/accounts\/[^/]+/, '/accounts/…'),
    };
    try {
      return await about({ asked }, () => pass(operationOf(method, url), request, isWellIn));
    } catch (error) {
      if (error instanceof ShutError)
        return { reply: 'not-asked', why: error.message, until: error.until };
      throw error;
    }
  };

/** Whether the provider is well, as a probe's answer shows. A refusal is an answer, too. */
export const isAnAnswer = (answer: Answer<unknown>): boolean => answer.ok || answer.refused;

export const gatesWith = (probes: Probes): Gates => told(makeGates(bootBreakers(), clock, probes));

/** Every request to a provider passes a gate, and is told of there. */
function told(gates: Gates): Gates {
  return {
    ...gates,
    pass: async (operation, request, isWell) => {
      // It may wait for its turn first, and then it has not been asked yet.
      let startedAt: Instant | null = null;
      const begun = () => {
        startedAt = clock.now();
        return request();
      };
      try {
        const answer = await gates.pass(operation, begun, isWell);
        tellOfCall({ operation, startedAt, isWell: isWell(answer), said: answer });
        return answer;
      } catch (error) {
        tellOfCall({ operation, startedAt, isWell: false, said: { why: errorName(error) } });
        throw error;
      }
    },
  };
}

export const bootBreakers = () => dynamoBreakers(database(), tables(), clock, riding());
