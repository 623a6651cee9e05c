/** Creates the tables of a template. An existing table is kept with everything in it. */
import type { Resolver } from '../template/intrinsics.ts';
import type { DynamoCall } from './dynamo-client.ts';

type Index = { IndexName: string };
type TableProperties = {
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: { AttributeName: string; KeyType: string }[];
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
  StreamSpecification?: { StreamViewType: string };
  TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean };
};
type Described = {
  Table: {
    KeySchema: TableProperties['KeySchema'];
    GlobalSecondaryIndexes?: Index[];
    LatestStreamArn?: string;
  };
};
export type TableStream = { table: string; engineStreamArn: string };

/**
 * Creates missing tables and answers the streams. Throws when a table has other keys or indexes, or lacks its stream: the
 * template has then changed in a way that CloudFormation would refuse or migrate.
 */
export async function createTables(call: DynamoCall, resolver: Resolver): Promise<TableStream[]> {
  const existing = new Set((await call<{ TableNames: string[] }>('ListTables', {})).TableNames);
  const tables = resolver.resources('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable');
  const streams = await Promise.all(
    tables.map(async ([id, { Properties }]) => {
      const wanted = resolver.resolve(Properties) as TableProperties;
      const table = resolver.identity(id).ref;
      if (!existing.has(table)) await create(call, table, wanted);
      const { Table } = await call<Described>('DescribeTable', { TableName: table });
      requireSame(table, wanted, Table);
      return Table.LatestStreamArn === undefined
        ? []
        : [{ table, engineStreamArn: Table.LatestStreamArn }];
    }),
  );
  return streams.flat();
}

async function create(call: DynamoCall, table: string, wanted: TableProperties): Promise<void> {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = wanted;
  const { StreamSpecification, TimeToLiveSpecification } = wanted;
  await call('CreateTable', {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions,
    KeySchema,
    ...(GlobalSecondaryIndexes && {
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(onDemandIndex),
    }),
    ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
    ...(StreamSpecification && {
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: StreamSpecification.StreamViewType,
      },
    }),
  });
  if (TimeToLiveSpecification?.Enabled)
    await call('UpdateTimeToLive', { TableName: table, TimeToLiveSpecification });
}

/** An index as CreateTable takes it. Throughput settings mean nothing here and are left out. */
function onDemandIndex(index: Index & { KeySchema?: unknown; Projection?: unknown }): Index {
  const { IndexName, KeySchema, Projection } = index;
  return { IndexName, KeySchema, Projection } as Index;
}

function requireSame(table: string, wanted: TableProperties, found: Described['Table']): void {
  const shape = (keys: TableProperties['KeySchema'], indexes: Index[] = []) =>
    JSON.stringify([
      keys.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]),
      indexes.map(({ IndexName }) => IndexName).sort(),
    ]);
  const same =
    shape(wanted.KeySchema, wanted.GlobalSecondaryIndexes) ===
      shape(found.KeySchema, found.GlobalSecondaryIndexes) &&
    (wanted.StreamSpecification === undefined || found.LatestStreamArn !== undefined);
  if (!same)
    throw new Error(
      `The table ${table} in the data directory has other keys, indexes or no stream. Start with --fresh, or with an empty DATA_DIR.`,
    );
}
