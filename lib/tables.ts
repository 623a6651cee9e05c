/** Makes the three tables: `money`, `webhooks` (what clients are told) and `control` (what the system keeps about itself). */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

const text = (name: string) => ({ name, type: AttributeType.STRING });
const number = (name: string) => ({ name, type: AttributeType.NUMBER });

type Attribute = ReturnType<typeof text>;

/** An index of keys only: DynamoDB writes its entry only when one of them changes, so other writes cost nothing there. */
const index = (
  indexName: string,
  partitionKey: Attribute,
  sortKey: Attribute,
): GlobalSecondaryIndexPropsV2 => ({
  indexName,
  partitionKey,
  sortKey,
  projectionType: ProjectionType.KEYS_ONLY,
});

/** A sparse index: only items that wait for a point in time are in it. */
const due = index('due', text('dueShard'), number('dueAt'));

/** An index for a list of the API. Its attributes do not change while an item is in it, so that moves of the item cost nothing. */
const list = (name: string, partition: string): GlobalSecondaryIndexPropsV2 =>
  index(name, text(partition), text('order'));

export class Tables extends Construct {
  readonly money: TableV2;
  readonly webhooks: TableV2;
  readonly control: TableV2;

  constructor(scope: Construct, id: string, nameOf: (word: string) => string) {
    super(scope, id);
    const table = (name: string, props: Partial<TablePropsV2>) =>
      new TableV2(this, name, {
        // With a fixed name CloudFormation refuses every change that would replace the table.
        tableName: nameOf(name),
        partitionKey: text('pk'),
        sortKey: text('sk'),
        billing: Billing.onDemand(),
        encryption: TableEncryptionV2.awsManagedKey(),
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: true,
        removalPolicy: RemovalPolicy.RETAIN,
        ...props,
      });
    this.money = table('money', {
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        index('inbox', text('inbox'), text('inboxOrder')),
        list('byWallet', 'list'),
        list('byTenant', 'tenantList'),
        list('byReference', 'referenceList'),
        due,
        list('open', 'openShard'),
      ],
    });
    this.webhooks = table('webhooks', {
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: [
        due,
        list('byEndpoint', 'list'),
        // Only deliveries under way and those that were given up are in it.
        list('byState', 'state'),
      ],
    });
    this.control = table('control', { timeToLiveAttribute: 'expiresAt' });
  }
}
