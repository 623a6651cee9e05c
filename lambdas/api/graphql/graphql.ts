/** The function behind POST /graphql, built from the handlers of the REST API. */
import { graphqlIntrospection } from '../../boot/settings.ts';
import { httpHandler } from '../http.ts';
import { handlers as creation } from '../resources/new-withdrawal.ts';
import { handlers as wallets } from '../resources/wallets.ts';
import { handlers as withdrawals } from '../resources/withdrawals.ts';
import { graphqlServer } from './server.ts';

export const handler = httpHandler(
  graphqlServer(
    { ...creation, ...withdrawals, ...wallets },
    { introspection: graphqlIntrospection() },
  ),
);
