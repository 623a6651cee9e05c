/** The tables of the simulated DynamoDB: those of test/support/dynoxide.ts. */
import { indexes } from '../support/dynoxide.ts';
import type { TableDefinition } from './models/dynamodb-table.ts';

export const tables: readonly TableDefinition[] = Object.entries(indexes).map(([name, list]) => ({
  name,
  indexes: list.map(([index, partition, sort, sortType]) => ({
    name: index,
    partition,
    sort,
    sortType,
  })),
}));
