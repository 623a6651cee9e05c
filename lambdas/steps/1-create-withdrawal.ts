/** POST /v1/withdrawals → requested. One conditional Put; the same key again answers with what it created. */
import { apiHandler } from '../api/http.ts';
import { handlers } from '../api/resources/new-withdrawal.ts';

export const handler = apiHandler(handlers);
