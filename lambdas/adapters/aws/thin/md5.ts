/** Compares what SQS has taken with what was sent (SQS API reference, "SendMessageBatch", MD5OfMessageBody). */
import { hash } from 'node:crypto';
import { doubt } from './doubt.ts';

type Input = { Entries?: readonly { Id?: string; MessageBody?: string }[] };
type Output = { Successful?: readonly { Id?: string; MD5OfMessageBody?: string }[] };

/** Throws when a message arrived as another. */
export function checkMd5({ Entries = [] }: Input, { Successful = [] }: Output): void {
  const taken = new Map(Successful.map((one) => [one.Id, one.MD5OfMessageBody]));
  for (const { Id, MessageBody = '' } of Entries)
    if (taken.has(Id) && taken.get(Id) !== hash('md5', MessageBody, 'hex'))
      doubt('a message that arrived as another');
}
