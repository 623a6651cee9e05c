/** Calls DynamoDB by its JSON protocol, without the SDK, which takes ten times the CPU. */
import { Agent, request } from 'node:http';

export type DynamoCall = <T>(operation: string, input: unknown) => Promise<T>;

const streamOperations = new Set([
  'ListStreams',
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
]);
const connectionsMax = 16;

/** A client. Calls throw errors with AWS's name (`ResourceInUseException`) or Node's code (`ECONNREFUSED`). */
export function dynamoClient(port: number): { call: DynamoCall; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const call: DynamoCall = (operation, input) =>
    new Promise((resolve, reject) => {
      const service = streamOperations.has(operation) ? 'DynamoDBStreams' : 'DynamoDB';
      const body = JSON.stringify(input);
      const sent = request(
        {
          agent,
          host: '127.0.0.1',
          port,
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'content-length': Buffer.byteLength(body),
            'x-amz-target': `${service}_20120810.${operation}`,
            // The engine needs a signature to be there and does not check it.
            'x-amz-date': '20260101T000000Z',
            authorization:
              'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(errorFrom(operation, text));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return { call, close: () => agent.destroy() };
}

function errorFrom(operation: string, text: string): Error {
  const error = new Error(`DynamoDB ${operation}: ${text}`);
  error.name = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? 'UnknownError';
  return error;
}
