/** WithdrawalService of proto/, by the handlers of REST. */
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { refuse } from '../../core/requests/problem.ts';
import type { Handlers, Reply } from '../perform.ts';
import {
  type Withdrawal,
  WithdrawalSchema,
  WithdrawalStatus,
} from './generated/drawbridge/v1/withdrawal_pb.js';
import type {
  CreateWithdrawalRequest,
  ListWithdrawalsRequest,
  WithdrawalService,
} from './generated/drawbridge/v1/withdrawal_service_pb.js';
import { ask, bodyOf } from './server.ts';

export type WithdrawalHandlers = Required<
  Pick<
    Handlers,
    | 'createWithdrawal'
    | 'getWithdrawal'
    | 'listWithdrawals'
    | 'retryWithdrawal'
    | 'cancelWithdrawal'
  >
>;

const statusPrefix = 'WITHDRAWAL_STATUS_';

/** A withdrawal of REST as a message: the names are the same, and null is what is not set. */
export function messageOf(resource: unknown): Withdrawal {
  const { status, ...rest } = resource as JsonObject;
  const json = { ...rest, status: `${statusPrefix}${status}` };
  return fromJson(WithdrawalSchema, json, { ignoreUnknownFields: true });
}

const one = ({ body }: Reply) => ({ withdrawal: messageOf(body) });

export const withdrawalService = (
  handlers: WithdrawalHandlers,
): ServiceImpl<typeof WithdrawalService> => ({
  async createWithdrawal(request, context) {
    const reply = await ask('createWithdrawal', handlers.createWithdrawal, context, {
      ...bodyOf(creationOf(request)),
      ...(request.idempotencyKey === '' ? {} : { idempotencyKey: request.idempotencyKey }),
    });
    return { ...one(reply), alreadyExists: reply.status === 200 };
  },
  async getWithdrawal({ id }, context) {
    return one(await ask('getWithdrawal', handlers.getWithdrawal, context, { path: { id } }));
  },
  async getWithdrawalByIdempotencyKey({ idempotencyKey }, context) {
    // No key would be no filter, and find any.
    const handle: typeof handlers.listWithdrawals =
      idempotencyKey === '' ? async () => keyNeeded : handlers.listWithdrawals;
    const query = { idempotencyKey: [idempotencyKey], limit: ['1'] };
    const { body } = await ask('listWithdrawals', handle, context, { query });
    const [found] = (body as { data: unknown[] }).data;
    return found === undefined ? { found: false } : { found: true, withdrawal: messageOf(found) };
  },
  async listWithdrawals(request, context) {
    const query = queryOf(request);
    const { body } = await ask('listWithdrawals', handlers.listWithdrawals, context, { query });
    const { data, nextCursor } = body as { data: unknown[]; nextCursor: string | null };
    return { withdrawals: data.map(messageOf), ...(nextCursor === null ? {} : { nextCursor }) };
  },
  async retryWithdrawal({ id }, context) {
    return one(await ask('retryWithdrawal', handlers.retryWithdrawal, context, { path: { id } }));
  },
  async cancelWithdrawal({ id }, context) {
    return one(await ask('cancelWithdrawal', handlers.cancelWithdrawal, context, { path: { id } }));
  },
});

const keyNeeded = refuse('IDEMPOTENCY_KEY_REQUIRED', 'Name the idempotency_key to look for.');

/** The body of REST. What is not set there is not sent. */
function creationOf(request: CreateWithdrawalRequest): object {
  const { walletId, amount, asset, network, destinationAddress, metadata } = request;
  const { reference, maxRetries } = request;
  return {
    ...{ walletId, amount, asset, network, destinationAddress, metadata },
    ...(reference === undefined ? {} : { reference }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  };
}

function queryOf(request: ListWithdrawalsRequest): Record<string, readonly string[]> {
  const { walletId, status, reference, limit, cursor, network, batchId } = request;
  const timeOf = (time: Timestamp | undefined) =>
    time === undefined ? undefined : timestampDate(time).toISOString();
  const named = {
    ...{ walletId, reference, cursor, network, batchId },
    limit: limit === undefined ? undefined : String(limit),
    createdAfter: timeOf(request.createdAfter),
    createdBefore: timeOf(request.createdBefore),
    // A number that is none of the enumeration is for REST to refuse.
    ...(status === WithdrawalStatus.UNSPECIFIED
      ? {}
      : { status: WithdrawalStatus[status] ?? String(status) }),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]): [string, string[]][] =>
      value === undefined ? [] : [[name, [value]]],
    ),
  );
}
