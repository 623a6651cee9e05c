/** What the API itself says of the lines of a batch, before any of them is sent. */
import {
  type AnswerOf,
  type api,
  type Drawbridge,
  isDrawbridgeError,
} from '../../client/src/index.ts';
import { assetOf, decimals } from '../../lambdas/core/kernel/money.ts';
import { isCheckedHere, type Line, type Payroll, type Wrong } from './payroll.ts';

type NetworkNow = AnswerOf<'listNetworks'>['data'][number];
type Fault = Omit<Wrong, 'line'>;

/** Which of these lines the API would refuse: by their wallet, asset, network, decimals and address. */
export async function checkedByApi(drawbridge: Drawbridge, all: readonly Line[]): Promise<Payroll> {
  const [lines, wrong]: [Line[], Wrong[]] = [[], []];
  if (all.length === 0) return { lines, wrong };
  const wallets = await walletsOf(drawbridge, all);
  const networks = await drawbridge.networks.list();
  for (const one of all) {
    const fault = faultOf(one, wallets, networks) ?? (await refusedAddress(drawbridge, one.body));
    if (fault === null) lines.push(one);
    else wrong.push({ line: one.line, ...fault });
  }
  return { lines, wrong };
}

async function walletsOf(drawbridge: Drawbridge, lines: readonly Line[]) {
  const wallets = new Map<string, api.Wallet | null>();
  for (const { body } of lines) {
    const id = body.walletId;
    if (wallets.has(id)) continue;
    wallets.set(
      id,
      await drawbridge.wallets.get(id).catch((error: unknown) => {
        if (isDrawbridgeError(error) && error.code === 'NOT_FOUND') return null;
        throw error;
      }),
    );
  }
  return wallets;
}

function faultOf(
  { body }: Line,
  wallets: ReadonlyMap<string, api.Wallet | null>,
  networks: readonly NetworkNow[],
): Fault | null {
  const { walletId, asset, network, amount } = body;
  const wallet = wallets.get(walletId) ?? null;
  if (wallet === null) return { column: 'walletId', wrong: `is none of yours: ${walletId}` };
  const { currency, status } = wallet;
  if (status !== 'ACTIVE') return { column: 'walletId', wrong: `is ${status}: ${walletId}` };
  if (asset !== assetOf(currency))
    return {
      column: 'asset',
      wrong: `is ${asset}, and a wallet in ${currency} pays ${assetOf(currency)}`,
    };
  if (!networks.find((one) => one.network === network)?.assets.includes(asset)) {
    const where = networks.filter(({ assets }) => assets.includes(asset));
    const names = where.map((one) => one.network).join(', ');
    return { column: 'network', wrong: `is ${network}, and ${asset} is paid on: ${names}` };
  }
  const places = decimals[currency];
  if ((amount.split('.')[1] ?? '').length > places)
    return { column: 'amount', wrong: `has more than the ${places} decimals of ${currency}` };
  return null;
}

/** Of chains whose rules depend on how the API is set up, it says of each address whether it would be accepted. */
async function refusedAddress(
  drawbridge: Drawbridge,
  { network, destinationAddress }: Line['body'],
): Promise<Fault | null> {
  if (isCheckedHere(network)) return null;
  const { valid, reason } = await drawbridge.networks.validateAddress(network, destinationAddress);
  const why = `is refused: ${reason?.replace(/\.$/, '') ?? ''}`;
  return valid ? null : { column: 'destinationAddress', wrong: why };
}
