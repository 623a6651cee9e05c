// Generated from the OpenAPI document by `npm run client`. Do not change it by hand.
import type * as t from './types.ts';

export const operations = {
  createWithdrawal: { method: 'POST', path: '/v1/withdrawals' },
  listWithdrawals: { method: 'GET', path: '/v1/withdrawals' },
  getWithdrawal: { method: 'GET', path: '/v1/withdrawals/{id}' },
  getWithdrawalEvents: { method: 'GET', path: '/v1/withdrawals/{id}/events' },
  retryWithdrawal: { method: 'POST', path: '/v1/withdrawals/{id}/retry' },
  cancelWithdrawal: { method: 'POST', path: '/v1/withdrawals/{id}/cancel' },
  createWithdrawalBatch: { method: 'POST', path: '/v1/withdrawal-batches' },
  getWithdrawalBatch: { method: 'GET', path: '/v1/withdrawal-batches/{id}' },
  listNetworks: { method: 'GET', path: '/v1/networks' },
  validateAddress: { method: 'POST', path: '/v1/addresses/validate' },
  createQuote: { method: 'POST', path: '/v1/quotes' },
  createWallet: { method: 'POST', path: '/v1/wallets' },
  listWallets: { method: 'GET', path: '/v1/wallets' },
  getWallet: { method: 'GET', path: '/v1/wallets/{walletId}' },
  updateWallet: { method: 'PATCH', path: '/v1/wallets/{walletId}' },
  createWalletTransaction: { method: 'POST', path: '/v1/wallets/{walletId}/transactions' },
  listWalletTransactions: { method: 'GET', path: '/v1/wallets/{walletId}/transactions' },
  getWalletTransaction: { method: 'GET', path: '/v1/wallets/{walletId}/transactions/{transactionId}' },
  getWalletOperation: { method: 'GET', path: '/v1/wallets/{walletId}/operations/{id}' },
  listWalletEntries: { method: 'GET', path: '/v1/wallets/{walletId}/entries' },
  createWebhookEndpoint: { method: 'POST', path: '/v1/webhook-endpoints' },
  listWebhookEndpoints: { method: 'GET', path: '/v1/webhook-endpoints' },
  getWebhookEndpoint: { method: 'GET', path: '/v1/webhook-endpoints/{id}' },
  updateWebhookEndpoint: { method: 'PATCH', path: '/v1/webhook-endpoints/{id}' },
  deleteWebhookEndpoint: { method: 'DELETE', path: '/v1/webhook-endpoints/{id}' },
  rotateWebhookSecret: { method: 'POST', path: '/v1/webhook-endpoints/{id}/rotate-secret' },
  testWebhookEndpoint: { method: 'POST', path: '/v1/webhook-endpoints/{id}/test' },
  listWebhookDeliveries: { method: 'GET', path: '/v1/webhook-endpoints/{id}/deliveries' },
  replayWebhooks: { method: 'POST', path: '/v1/webhook-endpoints/{id}/replay' },
  redeliverWebhook: { method: 'POST', path: '/v1/webhook-deliveries/{id}/redeliver' },
  sendWebhook: { method: 'POST', path: '/v1/webhooks' },
  getWebhookStats: { method: 'GET', path: '/v1/webhooks/stats' },
  getWebhookDelivery: { method: 'GET', path: '/v1/webhook-deliveries/{id}' },
  graphql: { method: 'POST', path: '/graphql' },
  getReconciliation: { method: 'GET', path: '/v1/reconciliation' },
  startReconciliation: { method: 'POST', path: '/v1/reconciliation' },
  listOpenWithdrawals: { method: 'GET', path: '/v1/operations/withdrawals' },
  inspectWithdrawal: { method: 'GET', path: '/v1/operations/withdrawals/{id}' },
  getWithdrawalTrace: { method: 'GET', path: '/v1/operations/withdrawals/{id}/trace' },
  resumeWithdrawal: { method: 'POST', path: '/v1/operations/withdrawals/{id}/resume' },
  refundWithdrawal: { method: 'POST', path: '/v1/operations/withdrawals/{id}/refund' },
  cancelPayout: { method: 'POST', path: '/v1/operations/withdrawals/{id}/cancel-payout' },
  listSwitches: { method: 'GET', path: '/v1/operations/switches' },
  turnSwitch: { method: 'PUT', path: '/v1/operations/switches/{name}' },
  getProcessor: { method: 'GET', path: '/v1/processor' },
  stopProcessor: { method: 'POST', path: '/v1/processor/stop' },
  startProcessor: { method: 'POST', path: '/v1/processor/start' },
  getStats: { method: 'GET', path: '/v1/stats' },
  getDeadLetters: { method: 'GET', path: '/v1/dead-letters/{step}' },
  redriveDeadLetters: { method: 'POST', path: '/v1/dead-letters/{step}/redrive' },
  discardDeadLetter: { method: 'POST', path: '/v1/dead-letters/{step}/discard' },
  getTreasury: { method: 'GET', path: '/v1/operations/treasury' },
  listCircuitBreakers: { method: 'GET', path: '/v1/circuit-breakers' },
  getOpenApi: { method: 'GET', path: '/openapi.json' },
  getHealth: { method: 'GET', path: '/health' },
} as const;

export type Operations = {
  createWithdrawal: { data: t.CreateWithdrawalData; answers: t.CreateWithdrawalResponses; problems: t.CreateWithdrawalErrors };
  listWithdrawals: { data: t.ListWithdrawalsData; answers: t.ListWithdrawalsResponses; problems: t.ListWithdrawalsErrors };
  getWithdrawal: { data: t.GetWithdrawalData; answers: t.GetWithdrawalResponses; problems: t.GetWithdrawalErrors };
  getWithdrawalEvents: { data: t.GetWithdrawalEventsData; answers: t.GetWithdrawalEventsResponses; problems: t.GetWithdrawalEventsErrors };
  retryWithdrawal: { data: t.RetryWithdrawalData; answers: t.RetryWithdrawalResponses; problems: t.RetryWithdrawalErrors };
  cancelWithdrawal: { data: t.CancelWithdrawalData; answers: t.CancelWithdrawalResponses; problems: t.CancelWithdrawalErrors };
  createWithdrawalBatch: { data: t.CreateWithdrawalBatchData; answers: t.CreateWithdrawalBatchResponses; problems: t.CreateWithdrawalBatchErrors };
  getWithdrawalBatch: { data: t.GetWithdrawalBatchData; answers: t.GetWithdrawalBatchResponses; problems: t.GetWithdrawalBatchErrors };
  listNetworks: { data: t.ListNetworksData; answers: t.ListNetworksResponses; problems: t.ListNetworksErrors };
  validateAddress: { data: t.ValidateAddressData; answers: t.ValidateAddressResponses; problems: t.ValidateAddressErrors };
  createQuote: { data: t.CreateQuoteData; answers: t.CreateQuoteResponses; problems: t.CreateQuoteErrors };
  createWallet: { data: t.CreateWalletData; answers: t.CreateWalletResponses; problems: t.CreateWalletErrors };
  listWallets: { data: t.ListWalletsData; answers: t.ListWalletsResponses; problems: t.ListWalletsErrors };
  getWallet: { data: t.GetWalletData; answers: t.GetWalletResponses; problems: t.GetWalletErrors };
  updateWallet: { data: t.UpdateWalletData; answers: t.UpdateWalletResponses; problems: t.UpdateWalletErrors };
  createWalletTransaction: { data: t.CreateWalletTransactionData; answers: t.CreateWalletTransactionResponses; problems: t.CreateWalletTransactionErrors };
  listWalletTransactions: { data: t.ListWalletTransactionsData; answers: t.ListWalletTransactionsResponses; problems: t.ListWalletTransactionsErrors };
  getWalletTransaction: { data: t.GetWalletTransactionData; answers: t.GetWalletTransactionResponses; problems: t.GetWalletTransactionErrors };
  getWalletOperation: { data: t.GetWalletOperationData; answers: t.GetWalletOperationResponses; problems: t.GetWalletOperationErrors };
  listWalletEntries: { data: t.ListWalletEntriesData; answers: t.ListWalletEntriesResponses; problems: t.ListWalletEntriesErrors };
  createWebhookEndpoint: { data: t.CreateWebhookEndpointData; answers: t.CreateWebhookEndpointResponses; problems: t.CreateWebhookEndpointErrors };
  listWebhookEndpoints: { data: t.ListWebhookEndpointsData; answers: t.ListWebhookEndpointsResponses; problems: t.ListWebhookEndpointsErrors };
  getWebhookEndpoint: { data: t.GetWebhookEndpointData; answers: t.GetWebhookEndpointResponses; problems: t.GetWebhookEndpointErrors };
  updateWebhookEndpoint: { data: t.UpdateWebhookEndpointData; answers: t.UpdateWebhookEndpointResponses; problems: t.UpdateWebhookEndpointErrors };
  deleteWebhookEndpoint: { data: t.DeleteWebhookEndpointData; answers: t.DeleteWebhookEndpointResponses; problems: t.DeleteWebhookEndpointErrors };
  rotateWebhookSecret: { data: t.RotateWebhookSecretData; answers: t.RotateWebhookSecretResponses; problems: t.RotateWebhookSecretErrors };
  testWebhookEndpoint: { data: t.TestWebhookEndpointData; answers: t.TestWebhookEndpointResponses; problems: t.TestWebhookEndpointErrors };
  listWebhookDeliveries: { data: t.ListWebhookDeliveriesData; answers: t.ListWebhookDeliveriesResponses; problems: t.ListWebhookDeliveriesErrors };
  replayWebhooks: { data: t.ReplayWebhooksData; answers: t.ReplayWebhooksResponses; problems: t.ReplayWebhooksErrors };
  redeliverWebhook: { data: t.RedeliverWebhookData; answers: t.RedeliverWebhookResponses; problems: t.RedeliverWebhookErrors };
  sendWebhook: { data: t.SendWebhookData; answers: t.SendWebhookResponses; problems: t.SendWebhookErrors };
  getWebhookStats: { data: t.GetWebhookStatsData; answers: t.GetWebhookStatsResponses; problems: t.GetWebhookStatsErrors };
  getWebhookDelivery: { data: t.GetWebhookDeliveryData; answers: t.GetWebhookDeliveryResponses; problems: t.GetWebhookDeliveryErrors };
  graphql: { data: t.GraphqlData; answers: t.GraphqlResponses; problems: t.GraphqlErrors };
  getReconciliation: { data: t.GetReconciliationData; answers: t.GetReconciliationResponses; problems: t.GetReconciliationErrors };
  startReconciliation: { data: t.StartReconciliationData; answers: t.StartReconciliationResponses; problems: t.StartReconciliationErrors };
  listOpenWithdrawals: { data: t.ListOpenWithdrawalsData; answers: t.ListOpenWithdrawalsResponses; problems: t.ListOpenWithdrawalsErrors };
  inspectWithdrawal: { data: t.InspectWithdrawalData; answers: t.InspectWithdrawalResponses; problems: t.InspectWithdrawalErrors };
  getWithdrawalTrace: { data: t.GetWithdrawalTraceData; answers: t.GetWithdrawalTraceResponses; problems: t.GetWithdrawalTraceErrors };
  resumeWithdrawal: { data: t.ResumeWithdrawalData; answers: t.ResumeWithdrawalResponses; problems: t.ResumeWithdrawalErrors };
  refundWithdrawal: { data: t.RefundWithdrawalData; answers: t.RefundWithdrawalResponses; problems: t.RefundWithdrawalErrors };
  cancelPayout: { data: t.CancelPayoutData; answers: t.CancelPayoutResponses; problems: t.CancelPayoutErrors };
  listSwitches: { data: t.ListSwitchesData; answers: t.ListSwitchesResponses; problems: t.ListSwitchesErrors };
  turnSwitch: { data: t.TurnSwitchData; answers: t.TurnSwitchResponses; problems: t.TurnSwitchErrors };
  getProcessor: { data: t.GetProcessorData; answers: t.GetProcessorResponses; problems: t.GetProcessorErrors };
  stopProcessor: { data: t.StopProcessorData; answers: t.StopProcessorResponses; problems: t.StopProcessorErrors };
  startProcessor: { data: t.StartProcessorData; answers: t.StartProcessorResponses; problems: t.StartProcessorErrors };
  getStats: { data: t.GetStatsData; answers: t.GetStatsResponses; problems: t.GetStatsErrors };
  getDeadLetters: { data: t.GetDeadLettersData; answers: t.GetDeadLettersResponses; problems: t.GetDeadLettersErrors };
  redriveDeadLetters: { data: t.RedriveDeadLettersData; answers: t.RedriveDeadLettersResponses; problems: t.RedriveDeadLettersErrors };
  discardDeadLetter: { data: t.DiscardDeadLetterData; answers: t.DiscardDeadLetterResponses; problems: t.DiscardDeadLetterErrors };
  getTreasury: { data: t.GetTreasuryData; answers: t.GetTreasuryResponses; problems: t.GetTreasuryErrors };
  listCircuitBreakers: { data: t.ListCircuitBreakersData; answers: t.ListCircuitBreakersResponses; problems: t.ListCircuitBreakersErrors };
  getOpenApi: { data: t.GetOpenApiData; answers: t.GetOpenApiResponses; problems: t.GetOpenApiErrors };
  getHealth: { data: t.GetHealthData; answers: t.GetHealthResponses; problems: t.GetHealthErrors };
};

export const problemCodes = [
  'INVALID_REQUEST',
  'IDEMPOTENCY_KEY_REQUIRED',
  'IDEMPOTENCY_KEY_INVALID',
  'INVALID_AMOUNT',
  'INVALID_ADDRESS',
  'INVALID_CURSOR',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'NOT_RETRYABLE',
  'TOO_LATE_TO_CANCEL',
  'CONFLICT',
  'IDEMPOTENCY_KEY_REUSED',
  'NETWORK_NOT_SUPPORTED',
  'WALLET_SUSPENDED',
  'CURRENCY_MISMATCH',
  'LIMIT_EXCEEDED',
  'INSUFFICIENT_FUNDS',
  'ACCOUNT_INACTIVE',
  'WEBHOOK_URL_NOT_ALLOWED',
  'TEMPORARILY_UNAVAILABLE',
] as const satisfies readonly t.Problem['code'][];
