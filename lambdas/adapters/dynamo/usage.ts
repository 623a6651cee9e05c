/** Counts what an invocation uses of AWS: calls and DynamoDB capacity, which are most of what a withdrawal costs. */
import type { MiddlewareStack } from '@smithy/types';

export type Usage = { calls: number; writeUnits: number; readUnits: number };

let usage: Usage = { calls: 0, writeUnits: 0, readUnits: 0 };

type Capacity = { CapacityUnits?: number; ReadCapacityUnits?: number; WriteCapacityUnits?: number };

/** The name of the middleware that counts. */
export const counted = 'countCalls';

/** Counts every call of a client, and makes DynamoDB answer with the capacity that it consumed. */
export function countCalls<I extends object, O extends object>(stack: MiddlewareStack<I, O>): void {
  stack.add(
    (next, context) => async (args) => {
      const isDynamo = context.clientName === 'DynamoDBClient';
      const result = await next(
        isDynamo ? { ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } } : args,
      );
      usage.calls += 1;
      if (isDynamo) addCapacity(context.commandName ?? '', result.output);
      return result;
    },
    { step: 'initialize', name: counted },
  );
}

const reads = /^(Get|BatchGet|Query|Scan|TransactGet)/;

function addCapacity(command: string, output: object): void {
  if (!('ConsumedCapacity' in output)) return;
  const consumed = output.ConsumedCapacity as Capacity | Capacity[] | undefined;
  for (const { CapacityUnits = 0 } of [consumed ?? []].flat()) {
    if (reads.test(command)) usage.readUnits += CapacityUnits;
    else usage.writeUnits += CapacityUnits;
  }
}

/** What was used since the last call of this function. */
export function takeUsage(): Usage {
  const taken = usage;
  usage = { calls: 0, writeUnits: 0, readUnits: 0 };
  return taken;
}
