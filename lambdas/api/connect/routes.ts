/** The routes of Connect: a path for each service of proto/, with the procedure as its last part (https://connectrpc.com/docs/protocol). */
export const connectRoutes = [
  { method: 'POST', path: '/drawbridge.v1.WithdrawalService/{procedure}', by: 'connect' },
  {
    ...{ method: 'POST', path: '/drawbridge.v1.WithdrawalProcessorService/{procedure}' },
    by: 'connect-processor',
  },
] as const;
