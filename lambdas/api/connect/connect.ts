/** The function behind WithdrawalService, built from the handlers of the REST API. It is one of its own, so that theirs stay small. */
import { httpHandler } from '../http.ts';
import { handlers as creation } from '../resources/new-withdrawal.ts';
import { handlers as withdrawals } from '../resources/withdrawals.ts';
import { WithdrawalService } from './generated/drawbridge/v1/withdrawal_service_pb.js';
import { connectServer } from './server.ts';
import { withdrawalService } from './withdrawal-service.ts';

const service = withdrawalService({ ...creation, ...withdrawals });

export const handler = httpHandler(
  connectServer((router) => router.service(WithdrawalService, service)),
);
