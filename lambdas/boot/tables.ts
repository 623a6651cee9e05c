/** Reads the names of the tables, and makes the client for them. */
import { dynamoClient, type Tables } from '../adapters/dynamo/client.ts';
import { makeRiding, type Riding, rideWith } from '../adapters/dynamo/riding.ts';
import { required } from './environment.ts';
import { clock } from './world.ts';

export const tables = (): Tables => ({
  money: required('MONEY_TABLE'),
  webhooks: required('WEBHOOKS_TABLE'),
  control: required('CONTROL_TABLE'),
});

/** What travels with the batches that a function reads. */
let rides: Riding | null = null;
export const riding = (): Riding => {
  rides ??= rideWith(database(), makeRiding(clock));
  return rides;
};

/** A function has one client for all tables, so that it has one pool of connections. */
let client: ReturnType<typeof dynamoClient> | null = null;
export const database = (): ReturnType<typeof dynamoClient> => {
  client ??= dynamoClient();
  return client;
};
