/** Builds the store. */
import { withLoneMoves } from '../adapters/dynamo/lone-moves.ts';
import { dynamoOutputs } from '../adapters/dynamo/outputs.ts';
import { dynamoNumbers, dynamoStore } from '../adapters/dynamo/store.ts';
import type { BoundOutputs } from '../core/store/outputs.ts';
import type { Store } from '../core/store/store.ts';
import { telling } from '../core/store/telling.ts';
import { database, riding, tables } from './tables.ts';

export const bootStore = (): Store => telling(dynamoStore(database(), tables(), riding()));

/** For those who make many moves at the same time, and have the permission for statements. */
export const bootStoreOfMany = (): Store =>
  telling(withLoneMoves(dynamoStore(database(), tables(), riding()), database(), tables()));

/** What says which chain was used first. */
export const bootNumbers = (): Pick<Store, 'nextNumber'> => dynamoNumbers(database(), tables());

/** What says which payouts the treasury's outputs are bound to. */
export const bootOutputs = (): BoundOutputs => dynamoOutputs(database(), tables());
