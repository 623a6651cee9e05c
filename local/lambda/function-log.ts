/** Writes the output of each function into a file, and one line about each error to our own stderr. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { FunctionError } from './invocation.ts';

export type FunctionLog = {
  /** Takes all that is written to these streams until they end. */
  follow(...outputs: Readable[]): void;
  failed(requestId: string, error: FunctionError): void;
  close(): Promise<void>;
};

const shortMax = 400;
/** An authorizer says 401 by this error (API Gateway guide, "Lambda authorizers"): a client's mistake, not ours. */
const unauthorized = '"message":"Error: Unauthorized"';

/** Opens `<folder>/<function>.log` and continues it. */
export function openFunctionLog(
  folder: string,
  name: string,
  tell: (line: string) => void,
): FunctionLog {
  mkdirSync(folder, { recursive: true });
  const file = createWriteStream(path.join(folder, `${name}.log`), { flags: 'a' });
  const write = (line: string): void => {
    file.write(`${line}\n`);
    if (line.includes('"level":"ERROR"') && !line.includes(unauthorized)) tell(short(name, line));
  };
  return {
    follow: (...outputs) => {
      for (const input of outputs) createInterface({ input }).on('line', write);
    },
    failed: (requestId, { errorType, errorMessage, trace }) =>
      write(
        JSON.stringify({
          level: 'ERROR',
          message: `${errorType}: ${errorMessage}`,
          timestamp: new Date().toISOString(),
          function_request_id: requestId,
          ...(trace && { trace }),
        }),
      ),
    close: () => new Promise((resolve) => file.end(() => resolve())),
  };
}

/** The message and the error of a JSON log line. The file has the rest. */
function short(name: string, line: string): string {
  const { message, error } = parse(line);
  const why = error === undefined ? '' : `: ${error.message ?? JSON.stringify(error)}`;
  return `${name}: ${message ?? line}${why}`.slice(0, shortMax);
}

function parse(line: string): { message?: string; error?: { message?: string } } {
  try {
    return JSON.parse(line);
  } catch {
    return {}; // The text only looks like one of our log lines.
  }
}
