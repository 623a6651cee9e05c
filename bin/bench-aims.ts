/** What a run of the benchmark is aimed at on two cores. */

export type Target = ({ atLeast: number } | { atMost: number }) & {
  /** The runs that the target is for, where this was none: it is shown, and nobody says whether it is reached. */
  onlyFor?: string;
};
export type Targets = Readonly<Record<string, Target>>;

export type Run = {
  currency: string;
  walletCount: number;
  count: number;
  clients: number;
  /** Requests a second, whether others have been answered or not; `null`: each client waits for its answer. */
  offered: number | null;
};

const usualCount = 2_000;
const usualClients = 64;

/** USDC needs no on-ramp. */
const aims: Readonly<Record<string, Targets>> = {
  'USDC 1': { 'completed/s': { atLeast: 150 }, 'CPU ms each': { atMost: 10 } },
  'USDC 200': { 'completed/s': { atLeast: 120 }, 'CPU ms each': { atMost: 13 } },
  'USD 1': { 'completed/s': { atLeast: 60 }, 'CPU ms each': { atMost: 30 } },
  'USD 200': { 'completed/s': { atLeast: 50 }, 'CPU ms each': { atMost: 36 } },
  '100/s': { 'accept p99 ms': { atMost: 50 }, refused: { atMost: 0 } },
  '300/s': { refused: { atMost: 0 } },
};
const aimsOfUsual: Targets = { 'peak MiB': { atMost: 900 } };
/** However many there are. */
const aimsOfAll: Targets = {
  'not accepted': { atMost: 0 },
  'not completed': { atMost: 0 },
  'rest MiB': { atMost: 400 },
};

/** What takes longer or needs more with other numbers says so. */
export function aimsOf({ currency, walletCount, count, clients, offered }: Run): Targets {
  const own = aims[offered === null ? `${currency} ${walletCount}` : `${offered}/s`];
  const isUsual = count === usualCount && (offered !== null || clients === usualClients);
  const withClients = offered === null ? ` and ${usualClients} clients` : '';
  const onlyFor = `${usualCount.toLocaleString('en')} withdrawals${withClients}`;
  const ofUsual = Object.entries({ ...aimsOfUsual, ...own }).map(
    ([what, target]): [string, Target] => [what, isUsual ? target : { ...target, onlyFor }],
  );
  return { ...aimsOfAll, ...Object.fromEntries(ofUsual) };
}
