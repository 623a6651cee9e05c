/** Translates operators' proposals to and from rows of the `control` table. */
import * as z from 'zod';
import type { WithdrawalId } from '../../core/kernel/ids.ts';
import {
  type ProposalRecord,
  type Resolution,
  resolutions,
} from '../../core/store/proposal-record.ts';
import { idInKey, instant, integer } from './fields.ts';
import type { Row } from './keys.ts';

export const keyOfProposal = (id: WithdrawalId, resolution: Resolution) => ({
  pk: `PROPOSAL#${id}`,
  sk: resolution,
});

const said = z.object({ by: z.string(), callerId: z.string(), reason: z.string(), at: instant });
const proposalRow = z.object({
  pk: idInKey<WithdrawalId>(),
  sk: z.enum(resolutions),
  version: integer,
  proposed: said,
  // The table's time to live reads `expiresAt`, and these rows stay: they say who has decided what.
  voidFrom: instant,
  on: z.object({ version: integer, moves: integer }),
  state: z.enum(['open', 'confirmed', 'void']),
  confirmed: said.nullable().default(null),
});

export function proposalFrom(row: unknown): ProposalRecord {
  const { pk: withdrawalId, sk: resolution, voidFrom: expiresAt, ...rest } = proposalRow.parse(row);
  return { kind: 'proposal', withdrawalId, resolution, expiresAt, ...rest };
}

export function proposalToRow({
  kind: _,
  withdrawalId,
  resolution,
  expiresAt: voidFrom,
  confirmed,
  ...rest
}: ProposalRecord): Row {
  const key = keyOfProposal(withdrawalId, resolution);
  return { ...key, ...rest, voidFrom, confirmed: confirmed ?? undefined };
}
