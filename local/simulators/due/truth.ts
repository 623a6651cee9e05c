/** Answers `GET /_truth`: what money really moved at Due, whatever was answered (docs/simulators.md). */
import { rows, type SimulatorStore } from '../sqlite.ts';
import { decimal } from './wire.ts';

type Row = {
  id: string;
  status: string;
  memo: string;
  rail: string;
  payTo: string;
  sourceMicros: string;
  payoutMicros: string;
  sentMicros: string;
  createdAtMs: number;
  token: string | null;
  consumedMicros: string | null;
  funding: string | null;
  refundMicros: string | null;
  paymentHash: string | null;
  hash: string | null;
  eventIdx: number | null;
};
type Receipt = { source: string; reference: string; micros: string; transferId: string };

export function makeTruth({ db }: SimulatorStore): () => object {
  // A transfer has at most one receipt, because it is funded once.
  const transfers = db.prepare(
    `SELECT transfers.*, quotes.token, receipts.micros AS consumedMicros, receipts.source AS funding,
       refunds.micros AS refundMicros, payments.hash AS paymentHash,
       coalesce(courses.payoutMicros, transfers.payoutMicros) AS sentMicros
     FROM transfers LEFT JOIN quotes ON usedBy = id LEFT JOIN receipts ON receipts.transferId = id
     LEFT JOIN refunds ON refunds.transferId = id LEFT JOIN payments ON payments.transferId = id
     LEFT JOIN courses ON courses.transferId = id
     ORDER BY seq`,
  );
  const receipts = db.prepare('SELECT * FROM receipts ORDER BY seq');
  const dollars = (value: string | null) => (value === null ? null : decimal(BigInt(value)));
  return () => ({
    transfers: rows<Row>(transfers).map((one) => ({
      id: one.id,
      quote: one.token,
      status: one.status,
      memo: one.memo,
      source: dollars(one.sourceMicros),
      payout: dollars(one.payoutMicros),
      createdAt: new Date(one.createdAtMs).toISOString(),
      /** The dollars that came in for it, and how: `drawn`, `ach` or `wire`. */
      consumed: dollars(one.consumedMicros),
      funding: one.funding,
      /** The payment on the chain, absent until it is mined. */
      paid:
        one.hash === null
          ? null
          : {
              rail: one.rail,
              to: one.payTo,
              amount: dollars(one.sentMicros),
              hash: one.hash,
              logIndex: one.eventIdx,
            },
      /** The payment that was signed and perhaps sent. */
      payment: one.paymentHash,
      refunded: dollars(one.refundMicros),
    })),
    receipts: rows<Receipt>(receipts).map(({ source, reference, micros, transferId }) => ({
      source,
      reference,
      amount: dollars(micros),
      transfer: transferId,
    })),
  });
}
