/** What a client may send as a batch of withdrawals. */
import * as z from 'zod';
import { batchLinesMax } from './batch-limits.ts';
import { CreateWithdrawal } from './schemas.ts';

/** The lines are not looked at here: each is checked by itself, and one that is wrong is refused alone. */
export const CreateWithdrawalBatch = z.strictObject({
  withdrawals: z.array(z.unknown()).min(1).max(batchLinesMax),
});

const WithdrawalBatchLine = CreateWithdrawal.extend({
  key: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .meta({
      description:
        'The Idempotency-Key of this withdrawal: the same as if it were posted alone under it.',
      examples: ['payroll-2026-11-alice'],
    }),
}).meta({ id: 'WithdrawalBatchLine', examples: [] });

/** The body as a client should send it. */
export const WithdrawalBatchBody = z
  .strictObject({ withdrawals: z.array(WithdrawalBatchLine).min(1).max(batchLinesMax) })
  .meta({
    id: 'CreateWithdrawalBatch',
    examples: [
      {
        withdrawals: [
          {
            key: 'payroll-2026-11-alice',
            walletId: 'wal_01h455vb4pex5vsknk084sn02q',
            amount: '10.00',
            asset: 'USDC',
            network: 'ethereum',
            destinationAddress: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
          },
          {
            key: 'payroll-2026-11-bob',
            walletId: 'wal_01h455vb4pex5vsknk084sn02q',
            amount: '12.50',
            asset: 'USDC',
            network: 'base',
            destinationAddress: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
          },
        ],
      },
    ],
  });
