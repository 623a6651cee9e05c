/**
 * What Due's refusals mean (due.readme.io/docs/api-error-codes lists the codes, due.readme.io/docs/quotes says what becomes of an
 * old quote). The code decides, for Due's pages give one code different statuses.
 */
import * as z from 'zod';
import type { RefusalVerdict } from '../../core/on-ramp/provider.ts';

/** Due writes errors in two shapes: `error_code` beside `http_code`, or `code` beside `statusCode`. */
const ErrorShape = z.object({
  code: z.string().optional(),
  error_code: z.string().optional(),
  message: z.string().optional(),
});

export const codeIn = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data?.code ?? data?.error_code ?? 'unknown_error';
};

/** These statuses say nothing about the request itself: credentials, limits and timeouts. */
const notAboutTheRequest = new Set([401, 408, 425, 429]);
/** Codes about our account at Due or its users: they pass when somebody puts that right, and every request meets them. */
const aboutUs =
  /^err_(signin|wallet_signin|credential|otp|token|signup|tos|platform|kyc|endorsement|account|unauthorized|rate_limit|bvn|sumsub)/;
/**
 * Whatever compliance decides stands: who asks again is let through at best by chance. Due documents `err_aml_risk_score_hit`
 * ("Transaction flagged by compliance check") and `err_policy_breached` ("internal compliance policy"); codes to come will
 * hardly be made of other words.
 */
const complianceWords =
  /(^|[^a-z])(aml|kyt|complian\w*|policy|sanction(s|ed)?|ofac|pep|risk|fraud(ulent)?|suspicious|screening|watch_?list(ed)?|blacklist(ed)?|blocklist(ed)?|prohibited|flagged)(?![a-z])/i;
/** An expired quote is "a validation error requiring a fresh quote": the only refusal that Due says to ask again after. */
const passing = new Set(['err_validation']);
/** Due's other documented refusals of a quote or a transfer. Each is about what was asked for, and stays true of it. */
const final =
  /^err_(channel_(not_found|restricted|restricted_category|recipient_country_restricted|sender_required|sender_invalid_schema)|purpose_(required|invalid|not_supported)|quote_\w+|memo_\w+|rail_schema_unsupported|recipient_\w+|transfer_invalid_\w+|transfer_not_awaiting_funds|wallet_invalid_address|insufficient_balance|cctp_\w+)$/;

/** What a code that was kept says. A code that Due does not document is final: nobody has said that it passes. */
export function verdictOn(code: string): RefusalVerdict {
  if (complianceWords.test(code)) return 'compliance';
  return passing.has(code) ? 'passes' : 'final';
}

type Refused = { status: number; body: unknown };

/** The code of an error that is about this request and no fault of ours or of the network's; else `null`. */
export function errorAboutRequest({ status, body }: Refused): string | null {
  if (status < 400 || status >= 500 || notAboutTheRequest.has(status)) return null;
  const code = codeIn(body);
  if (!code.startsWith('err_') || aboutUs.test(code)) return null;
  const isKnown = complianceWords.test(code) || passing.has(code) || final.test(code);
  // Without a code of Due's own, 403 is about our credentials.
  return status === 403 && !isKnown ? null : code;
}

/** The code of a refusal that proves that nothing was done, else `null`: an undocumented code proves nothing. */
export function refusalIn(reply: Refused): string | null {
  const code = errorAboutRequest(reply);
  if (code === null) return null;
  if (complianceWords.test(code)) return code;
  // What was decided may stand in the message alone, beside a code that says nothing of it.
  const message = ErrorShape.safeParse(reply.body).data?.message ?? '';
  if (complianceWords.test(message)) return `${code}:compliance`;
  return passing.has(code) || final.test(code) ? code : null;
}
