/** The refusals that Due documents for a transfer (due.readme.io/docs/api-error-codes): code, status and message. */
import type { SimulatorReply } from '../http.ts';
import { invalid, refused } from './wire.ts';

const refusals = {
  err_channel_not_found: [400, 'Channel not found'],
  err_channel_restricted: [400, 'Channel is restricted in your country'],
  err_purpose_required: [400, 'Purpose code is required for this destination'],
  err_memo_required: [400, 'The memo is required for this payment method'],
  err_recipient_deleted: [400, 'This recipient has been deleted'],
  err_recipient_invalidated: [400, 'This recipient is no longer valid'],
  err_policy_usage_limit_exceeded: [400, 'Usage limit exceeded'],
  err_policy_3rd_party_transfer_limit_exceeded: [400, 'Third-party transfer limit exceeded'],
  err_policy_transfer_limit_exceeded: [400, 'Transfer limit exceeded'],
  err_policy_breached: [
    400,
    'This transfer could not be approved due to internal compliance policy',
  ],
  err_insufficient_balance: [400, 'Insufficient balance'],
  err_kyc_not_passed: [400, 'KYC not passed'],
  err_endorsement_required: [400, 'Required endorsements are missing'],
  err_signin_invalid_credentials: [401, 'Invalid credentials'],
  err_aml_risk_score_hit: [403, 'Transaction flagged by compliance check'],
  err_recipient_validation_failed: [
    422,
    'Recipient details failed validation. Check account information and try again.',
  ],
  err_platform_deactivated: [422, 'Platform is deactivated'],
} as const;

type Code = keyof typeof refusals | 'err_validation';
export const transferRefusals = ['err_validation', ...Object.keys(refusals)] as [Code, ...Code[]];

export function refusalOf(code: Code): SimulatorReply {
  if (code === 'err_validation') return invalid({ quote: 'invalid or expired' });
  const [status, message] = refusals[code];
  return refused(status, code, message);
}
