/** The same as the form does, for a terminal. */
import { batchOf, type Plan } from './plan.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The key itself is never written on the page: the commands take it from the variable KEY. */
export function curlFor(api: string, plan: Plan): string {
  const post = (path: string, body: object, idempotencyKey?: string): string =>
    [
      `curl -sS "${api}${path}"`,
      `-H "authorization: Bearer $KEY"`,
      `-H 'content-type: application/json'`,
      ...(idempotencyKey === undefined
        ? []
        : [`-H ${quoted(`idempotency-key: ${idempotencyKey}`)}`]),
      `-d ${withWallet(quoted(JSON.stringify(body)))}`,
    ].join(' \\\n  ');
  const lines = ['KEY=…   # your API key'];
  if (plan.walletId === null)
    lines.push(
      `WALLET=$(${post('/v1/wallets', plan.newWallet)} \\\n  | node -pe 'JSON.parse(require("fs").readFileSync(0)).id')`,
    );
  else lines.push(`WALLET=${plan.walletId}`);
  if (plan.credit !== null)
    lines.push(
      post(
        '/v1/wallets/$WALLET/transactions',
        { type: 'CREDIT', amount: plan.credit },
        `${plan.key}-credit`,
      ),
    );
  lines.push(
    plan.copies === 1
      ? post('/v1/withdrawals', plan.body('$WALLET'), plan.key)
      : post('/v1/withdrawal-batches', batchOf(plan, '$WALLET'), plan.key),
  );
  return lines.join('\n\n');
}

/** A shell puts no variable into what stands between single quotes: there they end for it. */
const withWallet = (text: string): string => text.replaceAll('$WALLET', `'"$WALLET"'`);
