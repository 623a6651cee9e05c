/**
 * The words of docs/errors.md: when each code is said, and what to do then. `npm run client` writes the tables of that page from
 * these and from the codes themselves, so that none is missing.
 */
import { type ProblemCode, problemCodes, problems } from '../lambdas/core/requests/problem.ts';
import { failureCodes } from '../lambdas/core/withdrawal/withdrawal.ts';

type Words = { when: string; remedy: string };

const refusals: Record<ProblemCode, Words> = {
  INVALID_REQUEST: {
    when: 'a field, a parameter or the body itself is not what the operation takes',
    remedy: 'see `errors`; send it corrected, with the same key',
  },
  INVALID_AMOUNT: {
    when: 'the amount is no decimal string, not more than zero, or has more decimals than its currency',
    remedy: 'see `errors`; send it corrected, with the same key',
  },
  INVALID_ADDRESS: {
    when: 'the address is none by the rules of its network, or one that must not be paid to',
    remedy: 'check it with whoever gave it; nothing was stored',
  },
  INVALID_CURSOR: {
    when: 'the cursor is of another list, of other filters, or made up',
    remedy: 'begin the list anew',
  },
  IDEMPOTENCY_KEY_REQUIRED: {
    when: 'a POST that moves money has no key, or one that is not 1 to 255 visible ASCII characters',
    remedy: 'send a new value for each new request',
  },
  IDEMPOTENCY_KEY_INVALID: {
    when: 'a POST that moves money has no key, or one that is not 1 to 255 visible ASCII characters',
    remedy: 'send a new value for each new request',
  },
  UNAUTHORIZED: {
    when: "no API key or token, or one that is not, or no longer, known; a provider's event that it has not signed",
    remedy: '`WWW-Authenticate` names the scheme',
  },
  FORBIDDEN: {
    when: 'the key lacks the scope that the operation takes; or an operator would confirm a proposal of their own, or calls with a token that names nobody',
    remedy: 'another person has to confirm it',
  },
  NOT_FOUND: {
    when: "there is no such thing, or it is another tenant's",
    remedy: '',
  },
  METHOD_NOT_ALLOWED: {
    when: 'see the header `Allow`',
    remedy: '',
  },
  NOT_RETRYABLE: {
    when: 'the withdrawal is under way, completed, cancelled, or cannot be taken up safely',
    remedy: 'create a new one with a new key, if you want another payment',
  },
  TOO_LATE_TO_CANCEL: {
    when: 'its payout may exist, or it has ended',
    remedy: 'wait for its end',
  },
  CONFLICT: {
    when: 'what is asked for does not fit the state of the resource, such as a credit on a wallet whose money is at a brokerage, a tenant has its 50 webhook endpoints already, an endpoint that is to be sent something is disabled, or an `event_id` was used for another event; or what an operator wants is not possible now, or was proposed on a withdrawal that has changed since',
    remedy: '`detail` says why',
  },
  PAYLOAD_TOO_LARGE: {
    when: 'the body has more than 64 KiB; a batch of withdrawals, more than 1 MiB',
    remedy: 'send less at once',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    when: 'the body is not sent as `application/json`',
    remedy: '',
  },
  IDEMPOTENCY_KEY_REUSED: {
    when: 'the key was used for another request',
    remedy: 'a new key for a new request',
  },
  NETWORK_NOT_SUPPORTED: {
    when: 'this asset cannot be paid on this network here',
    remedy: '',
  },
  WALLET_SUSPENDED: {
    when: 'nothing can be moved on the wallet until it is active again',
    remedy: '',
  },
  CURRENCY_MISMATCH: {
    when: 'the wallet cannot be in this currency',
    remedy: '',
  },
  LIMIT_EXCEEDED: {
    when: 'with `limit`, `remaining` and `resetsAt`',
    remedy: 'ask for less, or after `resetsAt`',
  },
  INSUFFICIENT_FUNDS: {
    when: 'the brokerage account cannot pay this now',
    remedy: '',
  },
  ACCOUNT_INACTIVE: {
    when: 'the brokerage account cannot pay this now',
    remedy: '',
  },
  WEBHOOK_URL_NOT_ALLOWED: {
    when: 'the URL is not https, or leads to an address that is not public',
    remedy: '',
  },
  RATE_LIMITED: {
    when: 'with `Retry-After`, `RateLimit` and `RateLimit-Policy`; each line of a batch counts',
    remedy: 'wait, then send the same with the same key',
  },
  TEMPORARILY_UNAVAILABLE: {
    when: 'with `Retry-After`: we could not say whether it was done',
    remedy: 'send the same with the same key: it happens once at most',
  },
};

const failures: Record<(typeof failureCodes)[number], { means: string; again: string }> = {
  INSUFFICIENT_FUNDS: {
    means: 'the wallet, or its brokerage account, had too little when its turn came',
    again: 'a wallet of the ledger: yes',
  },
  BROKERAGE_REJECTED: {
    means:
      'the brokerage did not make the journal, and nothing was taken; or it took the cash back before the payout was signed; or a review found either',
    again: 'no',
  },
  ON_RAMP_REJECTED: {
    means:
      'the on-ramp refused, or gave the money back, or a review found that it will not be paid; the money was given back',
    again: 'if `retryable` says so',
  },
  PAYOUT_REVERTED: {
    means:
      'the payment cannot be made to this address: the token does not allow it, the amount is less than the network carries, or the address does not take it; the money was given back',
    again: 'if `retryable` says so',
  },
  PAYOUT_CANCELLED: {
    means:
      'the payout was cancelled on chain before it was made, because the token refused the address for a day or an operator ended it; the money was given back',
    again: 'no',
  },
  PAYOUT_EXPIRED: {
    means: 'the same, of withdrawals before there was `PAYOUT_CANCELLED`',
    again: 'no',
  },
  CANCELLED_BY_CLIENT: {
    means: '',
    again: 'no',
  },
  RETRIES_EXHAUSTED: {
    means: 'a step failed harmlessly more often than `maxRetries`; the money was given back',
    again: 'yes',
  },
  OUTCOME_UNKNOWN: {
    means:
      'what happened could not be proven: it is in REVIEW and the money is held; `retryable` is false, for it has not failed',
    again: '`retry` has the outcome looked up again, where that is safe',
  },
};

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');

function refusalTable(): string {
  const byStatus = problemCodes.toSorted((a, b) => problems[a].status - problems[b].status);
  const rows = byStatus.map((code) => {
    const { when, remedy } = refusals[code];
    return row(String(problems[code].status), `\`${code}\``, when, remedy);
  });
  return [row('HTTP', 'code', 'when', 'what to do'), '|---|---|---|---|', ...rows].join('\n');
}

function failureTable(): string {
  const rows = failureCodes.map((code) =>
    row(`\`${code}\``, failures[code].means, failures[code].again),
  );
  const head = row('code', 'means', 'taken up again by `retry`?');
  return [head, '|---|---|---|', ...rows].join('\n');
}

/** The page with its tables made anew. What stands around them is written by hand. Throws when it has lost its marks. */
export function errorReference(page: string): string {
  const tables = { refusals: refusalTable(), failures: failureTable() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [before = '', rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (after === undefined) throw new Error(`docs/errors.md has no ${begin} … ${end}.`);
    return `${before}${begin}\n${table}\n${end}${after}`;
  }, page);
}
