/** Builds the store. */
import { dynamoStore } from '../adapters/dynamo/store.ts';
import type { Store } from '../core/store/store.ts';
import { database, tables } from './tables.ts';

export const bootStore = (): Store => dynamoStore(database(), tables());
