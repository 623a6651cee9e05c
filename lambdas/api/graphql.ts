/** POST /graphql: the fields of the schema are the operations of the REST API. */
import { graphqlIntrospection } from '../boot.ts';
import { handlers as creation } from '../steps/1-create-withdrawal.ts';
import { graphqlServer } from './graphql-server.ts';
import { httpHandler } from './http.ts';
import { handlers as wallets } from './wallets.ts';
import { handlers as withdrawals } from './withdrawals.ts';

export const handler = httpHandler(
  graphqlServer(
    { ...creation, ...withdrawals, ...wallets },
    { introspection: graphqlIntrospection() },
  ),
);
