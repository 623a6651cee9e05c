/** Reads the body of an answer to its end, and hands it on again as it came. */
import { Readable } from 'node:stream';

/** Twice the largest answer of the services (DynamoDB API reference, "BatchGetItem": 16 MB). */
const bodyBytesMax = 32 * 2 ** 20;

/** The same bytes. The SDK's own class of them looks like a text, too. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Rejects with whatever the stream failed with. */
export function collect(body: unknown): Promise<Buffer> {
  if (body instanceof Uint8Array) return Promise.resolve(bytesOf(body));
  if (!(body instanceof Readable)) return Promise.reject(new TypeError('The answer has no body.'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > bodyBytesMax)
        body.destroy(new Error(`The answer is larger than ${bodyBytesMax} bytes.`));
    });
    body.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    body.on('error', reject);
    body.on('close', () => {
      // An error, with its stack, costs as much as the rest of this.
      if (!body.readableEnded) reject(new Error('The answer ended early.'));
    });
  });
}

/** A body that breaks off with `error`, as the one did that was read. */
export const broken = (error: unknown): Readable =>
  new Readable({
    read() {
      this.destroy(error as Error);
    },
  });
