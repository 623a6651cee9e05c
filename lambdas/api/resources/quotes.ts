/** Answers what clients ask before they withdraw: where can be paid, whether an address is one, and what would come of it. */
import { bootBreakers } from '../../boot/gates.ts';
import { whatIsPayable } from '../../boot/networks.ts';
import { payIn } from '../../boot/on-ramp.ts';
import { bootNodeQuestions, bootQuotes, usualFinality } from '../../boot/quotes.ts';
import { bootRequests } from '../../boot/requests.ts';
import { amountLimits } from '../../boot/settings.ts';
import { bootSwitches } from '../../boot/switches.ts';
import { clock } from '../../boot/world.ts';
import { makeListNetworks, validateAddress } from '../../core/requests/networks.ts';
import { isProblem } from '../../core/requests/problem.ts';
import { makeQuote } from '../../core/requests/quote.ts';
import { apiHandler } from '../http.ts';

const networks = whatIsPayable();
const switches = bootSwitches();
const { gates, fees, node } = bootNodeQuestions();
const listNetworks = makeListNetworks({
  ...{ networks, switches, breakers: bootBreakers(), finality: usualFinality, node },
});
const quote = makeQuote({
  ...{ networks, switches, clock, fees, finality: usualFinality, onRamp: bootQuotes },
  requests: bootRequests(),
  limits: amountLimits(),
  payIn: payIn(),
});

export const handler = apiHandler({
  listNetworks: async () => ({
    status: 200,
    body: { data: await gates.during(listNetworks) },
  }),
  validateAddress: async ({ body }) => {
    const answer = validateAddress(networks, body);
    return isProblem(answer) ? answer : { status: 200, body: answer };
  },
  createQuote: async ({ tenant, body }) => {
    const quoted = await gates.during(() => quote(tenant, body));
    return isProblem(quoted) ? quoted : { status: 200, body: quoted };
  },
});
