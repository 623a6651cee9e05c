/** The stack that test/local/kill.test.ts kills: a queue and a stream, each with a function that can hang. */
import { lambda, notebook, noteCode, type Running, run } from './fixture.ts';

const code = `${noteCode}
  import { existsSync } from 'node:fs';
  const hang = async (name) => { while (existsSync(process.env.HANG)) await new Promise((resolve) => setTimeout(resolve, 5)); };
  export const handler = async ({ Records }) => {
    const names = Records.map((record) => record.body ?? record.dynamodb.Keys.pk.S);
    note({ began: names });
    await hang();
    note({ ended: names });
  };`;

export const hangFile = (directory: string): string => `${directory}/hang`;

export function killable(directory: string): Promise<Running> {
  const environment = {
    Environment: {
      Variables: { NOTEBOOK: notebook(directory).file, HANG: hangFile(directory) },
    },
    Timeout: 60,
  };
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  return run({
    directory,
    code: { work: code, relay: code },
    resources: {
      Work: lambda('work', environment),
      Relay: lambda('relay', environment),
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: { QueueName: 'work.fifo', FifoQueue: true, VisibilityTimeout: 360 },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'money',
          AttributeDefinitions: [attribute('pk')],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        },
      },
      FromQueue: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          FunctionName: { Ref: 'Work' },
        },
      },
      FromStream: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
          FunctionName: { Ref: 'Relay' },
          StartingPosition: 'TRIM_HORIZON',
        },
      },
    },
  });
}
