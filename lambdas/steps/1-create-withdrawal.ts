/** POST /v1/withdrawals → requested. One conditional Put; the same key again answers with what it created. */
import { apiHandler, idempotencyKey } from '../api/http.ts';
import { bootAccept } from '../boot.ts';
import { makeAcceptWithdrawal } from '../core/accept.ts';
import { isProblem } from '../core/problem.ts';
import { CreateWithdrawal } from '../core/request-schemas.ts';
import { resourceOf } from '../core/resource.ts';

const accept = makeAcceptWithdrawal(await bootAccept());

export const handler = apiHandler({
  'POST /v1/withdrawals': {
    scope: 'withdrawals:write',
    handle: async (call) => {
      const key = idempotencyKey(call);
      if (isProblem(key)) return key;
      const body = call.body(CreateWithdrawal);
      if (isProblem(body)) return body;
      const accepted = await accept(call.tenant, key.key, body.value);
      if (isProblem(accepted)) return accepted;
      const { item, replayed } = accepted;
      const location = `/v1/withdrawals/${item.id}`;
      return {
        status: replayed ? 200 : 202,
        body: resourceOf(item),
        headers: { location, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
      };
    },
  },
});
