/**
 * Tells what a withdrawal would come to, and moves nothing: what the on-ramp would pay for the dollars now, and what the payout
 * would cost us on its chain, which is never taken from the client. It binds nobody, and is kept nowhere.
 */
import { errorName, SettingError, ShutError, UnavailableError } from '../kernel/errors.ts';
import { isWalletId } from '../kernel/ids.ts';
import {
  assetOf,
  type Currency,
  decimals,
  formatAmount,
  type Minor,
  parseAmount,
} from '../kernel/money.ts';
import type { Network, PayableNetworks, Route } from '../kernel/networks.ts';
import { type Instant, later, timeOf } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { isPlausible, isPlausibleFee } from '../on-ramp/conversion.ts';
import type { OnRamp } from '../on-ramp/provider.ts';
import { coinOf, coins, type FeeEstimates } from '../payout/fee-estimate.ts';
import type { PayIn } from '../store/conversion-record.ts';
import type { Switches } from '../switches/switches.ts';
import type { Limits } from '../withdrawal/counters.ts';
import { exceeded, outOfBounds } from './allowance.ts';
import { outOfService, routeOn } from './destination.ts';
import type { Finality } from './networks.ts';
import { isProblem, type Problem, refuse, refuseField } from './problem.ts';
import { conversionSeconds, quoteLifeMs, stepsSeconds } from './quote-limits.ts';
import type { QuoteRequest } from './quote-schemas.ts';
import type { Requests } from './store.ts';

export type QuoteWorld = {
  requests: Pick<Requests, 'wallet'>;
  networks: PayableNetworks;
  limits: Limits;
  switches: Switches;
  clock: Clock;
  payIn: PayIn;
  onRamp: Pick<OnRamp, 'quote' | 'verdictOn'>;
  fees: FeeEstimates;
  finality(network: Network): Finality;
};

type Fee = { type: 'on-ramp' | 'network'; amount: string; currency: string };
export type QuoteResource = {
  payout: { amount: string; asset: string };
  fees: Fee[];
  estimatedSeconds: number;
  expiresAt: string;
};

const notNow = (detail: string, waitMs = 1_000): Problem => ({
  ...refuse('TEMPORARILY_UNAVAILABLE', detail),
  headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
});

/** A quote, or the problem that a withdrawal like this would have, or 503 where nobody says what it would come to. */
export const makeQuote =
  (world: QuoteWorld) =>
  async (tenant: string, request: QuoteRequest): Promise<QuoteResource | Problem> => {
    const { networks, limits, clock, finality } = world;
    const route = routeOn(networks, request);
    if (isProblem(route)) return route;
    const currency = await currencyOf(world, tenant, request);
    if (typeof currency !== 'string') return currency;
    if (assetOf(currency) !== route.asset)
      return refuseField(
        'CURRENCY_MISMATCH',
        '#/asset',
        `A wallet in ${currency} pays ${assetOf(currency)}, not ${route.asset}.`,
      );
    const amount = parseAmount(request.amount, currency);
    if (amount === null)
      return refuseField(
        'INVALID_AMOUNT',
        '#/amount',
        `More than zero, with at most ${decimals[currency]} decimals for ${currency}.`,
      );
    const bounds = outOfBounds(limits, amount, currency);
    if (bounds !== null) return bounds;
    const now = clock.now();
    const [converted, networkFee] = await Promise.all([
      currency === 'USD' ? convert(world, route, amount) : null,
      feeOf(world, route),
    ]);
    if (converted !== null && isProblem(converted)) return converted;
    if (isProblem(networkFee)) return networkFee;
    const payout = converted?.payout ?? amount;
    const seconds = Math.ceil(finality(route.network).ms / 1_000) + stepsSeconds;
    return {
      payout: { amount: formatAmount(payout, route.asset), asset: route.asset },
      fees: [...(converted?.fees ?? []), networkFee],
      estimatedSeconds: seconds + (converted === null ? 0 : conversionSeconds[world.payIn]),
      expiresAt: timeOf(converted?.expiresAt ?? later(now, quoteLifeMs)),
    };
  };

async function currencyOf(
  { requests }: Pick<QuoteWorld, 'requests'>,
  tenant: string,
  { walletId, currency }: QuoteRequest,
): Promise<Currency | Problem> {
  if (currency !== undefined) return currency;
  const found =
    walletId !== undefined && isWalletId(walletId) ? await requests.wallet(walletId) : null;
  return found?.wallet.tenant === tenant
    ? found.wallet.currency
    : refuseField('NOT_FOUND', '#/walletId', 'There is no such wallet.');
}

type Converted = { payout: Minor; fees: Fee[]; expiresAt: Instant };

/** What the on-ramp itself says now. What it does not say is not guessed. */
async function convert(
  { onRamp, payIn, clock, switches }: QuoteWorld,
  { network, asset }: Route,
  amount: Minor,
): Promise<Converted | Problem> {
  const away = 'Dollars cannot be converted at the moment.';
  if ((await switches.held('on-ramp')) !== null) return notNow(away);
  const answer = await onRamp.quote(network, amount, payIn);
  if (!answer.ok) {
    if ('until' in answer) return notNow(away, answer.until - clock.now());
    const [, code = ''] = answer.why.split(' ');
    return answer.refused && onRamp.verdictOn(code) === 'final'
      ? exceeded('The on-ramp does not convert this amount.', null)
      : notNow(away);
  }
  const { payout, fee, expiresAt } = answer.value;
  const isGood =
    isPlausible({ amount, currency: 'USD', asset }, payout) && isPlausibleFee({ amount }, fee);
  // A quote that no withdrawal would be made by is shown to nobody.
  if (!isGood || expiresAt <= clock.now()) return notNow(away);
  const told: Fee = { type: 'on-ramp', amount: formatAmount(fee, 'USD'), currency: 'USD' };
  return { payout, fees: fee > 0n ? [told] : [], expiresAt };
}

async function feeOf(
  { fees, clock }: Pick<QuoteWorld, 'fees' | 'clock'>,
  route: Route,
): Promise<Fee | Problem> {
  const coin = coinOf(route.network);
  try {
    const amount = await fees(route);
    return { type: 'network', amount: formatAmount(amount, coins[coin]), currency: coin };
  } catch (error) {
    // What it would cost on another chain, or of another token, is no quote.
    if (error instanceof SettingError || errorName(error) === 'WrongChainError')
      return outOfService(route.network);
    if (!(error instanceof UnavailableError)) throw error;
    const shut = [error, error.cause].find((one) => one instanceof ShutError);
    return notNow(
      'The network does not say at the moment what a payout costs.',
      shut && shut.until - clock.now(),
    );
  }
}
