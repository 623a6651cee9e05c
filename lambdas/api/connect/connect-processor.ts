/** The function behind WithdrawalProcessorService: what operators may do is not among the rights of what tenants call. */
import { httpHandler } from '../http.ts';
import { handlers as controls } from '../resources/controls.ts';
import { handlers as stats } from '../resources/stats.ts';
import { WithdrawalProcessorService } from './generated/drawbridge/v1/withdrawal_processor_service_pb.js';
import { processorService } from './processor-service.ts';
import { connectServer } from './server.ts';

const service = processorService({ ...controls, ...stats });

export const handler = httpHandler(
  connectServer((router) => router.service(WithdrawalProcessorService, service)),
);
