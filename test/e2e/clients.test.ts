/** The other ways to ask one system: the command line, the typed client, Connect and gRPC, and GraphQL. */
import './cli.part.ts';
import './client.part.ts';
import './connect.part.ts';
import './graphql.part.ts';
import { jest } from '@jest/globals';

jest.setTimeout(120_000);
