/** What became of each line of a batch. */
import type { WithdrawalBatchAnswer } from '../api/types.ts';
import { Id, Notice } from '../ui/parts.tsx';
import { to } from '../ui/route.ts';
import { count } from '../words/format.ts';

export function Batched({ id, results }: WithdrawalBatchAnswer) {
  const refused = results.filter(({ withdrawal }) => withdrawal === undefined);
  const why = refused[0]?.error;
  return (
    <Notice
      tone={refused.length === 0 ? 'good' : 'wait'}
      title={`${count(results.length - refused.length)} of ${count(results.length)} are accepted.`}
    >
      {why !== undefined && <p>The others are not: {why.detail ?? why.title}</p>}
      <p>
        Batch <Id id={id} label="the batch’s id" /> <a href={to()}>Watch them move</a>
      </p>
    </Notice>
  );
}
