/** What a scenario is, and what most of them are made of: one withdrawal, and in which stage it has to end. */
import type { Exception } from './audit/audit.ts';
import type { Cast, Wallet, WalletKind, Wanted } from './cast.ts';
import type { Call, First } from './faults.ts';
import type { Stage, StageOptions } from './stage.ts';

export type Scenario = {
  name: string;
  options?: Partial<StageOptions>;
  /** Single faults are tried from this stage on: what comes before is the same in another scenario. */
  since?: string;
  /** Whether all goes well in it: such scenarios go most of their way together. */
  isOnTheWay?: boolean;
  /** Single faults are tried only at these calls: what the rest does when it fails, other scenarios show. */
  where?: (call: Call) => boolean;
  /** The first requests for this fail so, whatever else does. */
  first?: First;
  /** What a provider does to the withdrawals against its promise. */
  exception?: Exception;
  /** What goes wrong behind everybody's back when all has come to its end, and the differences that it has to be named as. */
  wrongs?: Wrongs;
  /** Clients' part of it. Resolves when they have nothing more to say. */
  play(cast: Cast): Promise<void>;
};
/** `afterMs`: how long it stands before reconciliation looks. */
export type Wrongs = { plant(stage: Stage): void; afterMs: number; named: readonly string[] };

export type One = Omit<Scenario, 'play'> & {
  wallet: WalletKind;
  /** In how it ends when no call fails; and when one does, so that clients or the outside world come too late. */
  ends: string;
  orLate?: string;
  to?: string;
  maxRetries?: number;
  before?: (cast: Cast) => Promise<void>;
  happens?: (cast: Cast, wallet: Wallet, id: string) => Promise<void>;
};

export const one = ({
  wallet: kind,
  ends,
  orLate,
  to,
  before,
  happens,
  maxRetries = 1,
  ...scenario
}: One): Scenario => ({
  ...scenario,
  play: async (cast) => {
    const wallet = await cast.wallet('alice', kind, kind === 'brokerage' ? undefined : '500.00');
    await before?.(cast);
    cast.begin();
    const id = await cast.withdraw(wallet, {
      amount: '100.00',
      key: 'first',
      maxRetries,
      ends: [ends],
      ...(orLate === undefined ? {} : { orLate: [orLate] }),
      ...(to === undefined ? {} : { to }),
    } satisfies Wanted);
    await happens?.(cast, wallet, id);
  },
});

export type Happens = NonNullable<One['happens']>;
export const isIn =
  (stage: string, happens: Happens): Happens =>
  async (cast, wallet, id) => {
    await cast.until(() => cast.stage.stages.get(id) === stage);
    await happens(cast, wallet, id);
  };
/** After so many minutes nothing of the kind is left. */
export const ends =
  (minutes: number, how: (stage: Stage) => void): Happens =>
  async ({ stage, wait }) => {
    await wait(minutes * 60_000);
    how(stage);
  };
/** How it ends when nothing fails is what it is for: what single faults do, other scenarios show. */
export const never = (): boolean => false;
