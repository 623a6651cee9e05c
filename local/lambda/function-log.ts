/**
 * The file of each function with all that its workers print. They append to it themselves, so that a line costs one write
 * and what was printed before a crash is there. Here stands what is known of errors: a line about each for our own stderr.
 */
import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { FunctionError } from './invocation.ts';

export type FunctionLog = {
  /** The absolute path of the file to which workers append whole lines. */
  file: string;
  /** Takes a line at the level ERROR that a worker has written. */
  said(line: string): void;
  /** Writes that an invocation failed, which its worker may not have been able to say. */
  failed(requestId: string, error: FunctionError): void;
  close(): void;
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
  const file = path.resolve(folder, `${name}.log`);
  const descriptor = openSync(file, 'a');
  const said = (line: string): void => {
    if (!line.includes(unauthorized)) tell(short(name, line));
  };
  return {
    file,
    said,
    failed: (requestId, { errorType, errorMessage, trace }) => {
      const line = JSON.stringify({
        level: 'ERROR',
        message: `${errorType}: ${errorMessage}`,
        timestamp: new Date().toISOString(),
        function_request_id: requestId,
        ...(trace && { trace }),
      });
      appendFileSync(descriptor, `${line}\n`);
      said(line);
    },
    close: () => closeSync(descriptor),
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
