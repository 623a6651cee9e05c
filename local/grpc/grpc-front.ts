/**
 * Serves gRPC, gRPC-Web and Connect over HTTP/2 without TLS. Each call goes on to the REST API's own front as unary Connect, so
 * that keys, scopes, rates and codes are those of API Gateway, which ends HTTP/2 and cannot serve gRPC.
 */
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { DescService } from '@bufbuild/protobuf';
import {
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type ServiceImpl,
  type Transport,
} from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node';
import { file_drawbridge_v1_error_detail as errorDetail } from '../../lambdas/api/connect/generated/drawbridge/v1/error_detail_pb.js';
import { WithdrawalProcessorService } from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_processor_service_pb.js';
import { WithdrawalService } from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_service_pb.js';
import { addReflection } from './reflection.ts';

export type GrpcServer = { url: string; close(): Promise<void> };

const services = [WithdrawalService, WithdrawalProcessorService] as const;

/** Opens the server. `port` null: the one above the API's, or any free one where that is taken. */
export async function startGrpc(port: number | null, apiUrl: string): Promise<GrpcServer> {
  const transport = createConnectTransport({ baseUrl: apiUrl, httpVersion: '1.1' });
  const routes = (router: ConnectRouter): void => {
    for (const service of services) router.service(service, handedOn(service, transport));
    addReflection(router, services, [errorDetail]);
  };
  const server = createServer(connectNodeAdapter({ routes }));
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  await opened(server, port, Number(new URL(apiUrl).port));
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${actual}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, closeMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const closeMs = 2_000;

async function opened(server: Http2Server, port: number | null, apiPort: number): Promise<void> {
  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(on, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  try {
    await listen(port ?? apiPort + 1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (port !== null)
      throw new Error(
        `Port ${port} is taken. Stop what uses it, or set GRPC_PORT to another port (0: any free one).`,
      );
    await listen(0);
  }
}

/** What says who calls, and which payment it is. */
const handedOnHeaders = ['authorization', 'idempotency-key'];

/** Each procedure of a service, asked of the API. */
function handedOn<S extends DescService>(service: S, transport: Transport): ServiceImpl<S> {
  const procedures = service.methods.map((method) => [
    method.localName,
    async (request: never, { requestHeader, signal, timeoutMs }: HandlerContext) => {
      const header = new Headers();
      for (const name of handedOnHeaders) {
        const value = requestHeader.get(name);
        if (value !== null) header.set(name, value);
      }
      try {
        const { message } = await transport.unary(
          method as never,
          signal,
          timeoutMs(),
          header,
          request,
        );
        return message;
      } catch (error) {
        throw asItCame(ConnectError.from(error));
      }
    },
  ]);
  return Object.fromEntries(procedures) as ServiceImpl<S>;
}

/** The same error without the headers of the answer that it came in. */
function asItCame({ rawMessage, code, metadata, details }: ConnectError): ConnectError {
  const retryAfter = metadata.get('retry-after');
  const headers = retryAfter === null ? {} : { 'retry-after': retryAfter };
  const error = new ConnectError(rawMessage, code, headers);
  error.details = details;
  return error;
}
