/** Writes a stage's access log: a line for each request, in the format that the template has (API Gateway guide, "Set up logging"). */
import { appendFileSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Resolver } from '../template/intrinsics.ts';
import type { GatewayContext } from './gateway-responses.ts';

export type AccessLog = (context: GatewayContext) => void;

/** The access log of the template's stage, in `file`; one that writes nothing, where the stage has none. */
export function accessLogFrom(resolver: Resolver, file: string): AccessLog {
  const [stage] = resolver.resources('AWS::ApiGateway::Stage');
  const setting = stage?.[1].Properties['AccessLogSetting'] ?? {};
  const { Format: format } = resolver.resolve(setting) as { Format?: string };
  if (format === undefined) return () => {};
  mkdirSync(path.dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a');
  let waiting = '';
  // Many lines of one moment are one write. A log that cannot be written is no reason not to answer.
  const write = (): void => {
    const lines = waiting;
    waiting = '';
    try {
      appendFileSync(descriptor, lines);
    } catch (error) {
      console.error(`The access log cannot be written: ${String(error)}`);
    }
  };
  return (context) => {
    if (waiting === '') setImmediate(write);
    waiting += `${lineOf(format, context)}\n`;
  };
}

/** API Gateway writes `-` for what a request has not. */
export const lineOf = (format: string, context: GatewayContext): string =>
  format.replace(/\$context\.(\w+(?:\.\w+)*)/g, (_, name: string) =>
    JSON.stringify(context[name] ?? '-').slice(1, -1),
  );
