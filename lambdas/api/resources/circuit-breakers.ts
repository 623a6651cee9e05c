/** Shows the circuit breakers of all providers. One that was never written is closed. */
import { hasBrokerage } from '../../boot/brokerage.ts';
import { bootBreakers } from '../../boot/gates.ts';
import { payableNetworks } from '../../boot/networks.ts';
import { closed } from '../../core/breakers/breaker.ts';
import { breakerNames } from '../../core/breakers/names.ts';
import { breakerResourceOf } from '../../core/operations/resource.ts';
import { apiHandler } from '../http.ts';

const names = breakerNames(hasBrokerage(), payableNetworks());
const breakers = bootBreakers();

export const handler = apiHandler({
  listCircuitBreakers: async () => {
    const written = new Map((await breakers.read(names)).map((one) => [one.name, one]));
    const data = names.map((name) => breakerResourceOf(written.get(name) ?? closed(name)));
    return { status: 200, body: { data } };
  },
});
