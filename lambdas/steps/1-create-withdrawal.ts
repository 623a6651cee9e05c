/** POST /v1/withdrawals → requested: the withdrawal is written once; a repeated key is answered with what it created. */
import { apiHandler } from '../api/http.ts';
import { handlers } from '../api/resources/new-withdrawal.ts';

export const handler = apiHandler(handlers);
