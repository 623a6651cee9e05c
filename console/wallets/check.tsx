/** Reads all entries of a wallet and says whether their chain is whole. */
import { useSignal } from '@preact/signals';
import { ask, saidBy } from '../api/call.ts';
import { keyFor } from '../api/session.ts';
import type { Entry, Page, Wallet } from '../api/types.ts';
import { Button, Notice } from '../ui/parts.tsx';
import { absolute, count } from '../words/format.ts';
import { blocksOf, checked, type Verdict } from './chain.ts';

const pageSize = 100;
const entriesMax = 20_000;

/** Reads all entries and computes the chain again. What was right is not said of blocks that came later. */
export function Check({ wallet, newest }: { wallet: Wallet; newest: string | null }) {
  const progress = useSignal<number | null>(null);
  const verdict = useSignal<{ of: string | null; said: Verdict; at: string } | null>(null);
  const check = async (): Promise<void> => {
    const entries: Entry[] = [];
    let cursor: string | undefined;
    progress.value = 0;
    do {
      const answer = await ask<Page<Entry>>('GET', `/v1/wallets/${wallet.id}/entries`, {
        key: keyFor('wallets:read'),
        query: { order: 'oldest', limit: pageSize, cursor },
      });
      if (answer.is !== 'ok') {
        progress.value = null;
        verdict.value = {
          of: newest,
          said: { is: 'unknown', why: saidBy(answer) },
          at: new Date().toISOString(),
        };
        return;
      }
      entries.push(...answer.data.data);
      progress.value = entries.length;
      cursor = answer.data.nextCursor ?? undefined;
    } while (cursor !== undefined && entries.length < entriesMax);
    const said: Verdict =
      cursor === undefined
        ? await checked(wallet.id, wallet.currency, blocksOf(entries))
        : {
            is: 'unknown',
            why: `It has more than ${count(entriesMax)} entries: too many for a page.`,
          };
    progress.value = null;
    verdict.value = { of: entries.at(-1)?.blockHash ?? null, said, at: new Date().toISOString() };
  };
  const last = verdict.value;
  return (
    <span class="check" role="status">
      {last !== null && <Said {...last} isOld={last.of !== newest} />}
      <Button busy={progress.value !== null} onClick={() => void check()}>
        {progress.value === null ? 'Check the chain' : `${count(progress.value)} entries …`}
      </Button>
    </span>
  );
}

function Said({ said, at, isOld }: { said: Verdict; at: string; isOld: boolean }) {
  switch (said.is) {
    case 'whole':
      return (
        <span class="ok" title={absolute(at)}>
          {count(said.blocks)} block{said.blocks === 1 ? '' : 's'} computed again: the chain is
          whole{isOld ? ' (newer ones came since)' : ''}
        </span>
      );
    case 'broken':
      return (
        <Notice tone="bad" title={`Block ${said.at.sequence} is broken.`}>
          {said.why}
        </Notice>
      );
    case 'unknown':
      return <span class="note">{said.why}</span>;
    default:
      return said satisfies never;
  }
}
