/** Builds the store. */
import { dynamoNumbers, dynamoStore } from '../adapters/dynamo/store.ts';
import type { Store } from '../core/store/store.ts';
import { telling } from '../core/store/telling.ts';
import { database, tables } from './tables.ts';

export const bootStore = (): Store => telling(dynamoStore(database(), tables()));

/** What says which chain was used first. */
export const bootNumbers = (): Pick<Store, 'nextNumber'> => dynamoNumbers(database(), tables());
