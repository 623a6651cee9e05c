import { expect, test } from '@jest/globals';
import { GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType } from 'graphql';
import { graphqlSchema } from '../../lambdas/api/graphql/schema.ts';
import { emptyBalance } from '../../lambdas/core/ledger/ledger.ts';
import { resourceOf, walletResourceOf } from '../../lambdas/core/requests/resource.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { statuses } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { requestedOf, walletOf } from '../support/things.ts';

function fieldsOf(name: string): string[] {
  const type = graphqlSchema.getType(name);
  if (!(type instanceof GraphQLObjectType || type instanceof GraphQLInputObjectType))
    throw new Error(`${name} has no fields`);
  return Object.keys(type.getFields());
}

test('a withdrawal and a wallet have the fields of REST', () => {
  const wallet = walletOf();
  expect(fieldsOf('Withdrawal')).toEqual(Object.keys(resourceOf(requestedOf(wallet), new Map())));
  expect(fieldsOf('Wallet')).toEqual(
    Object.keys(walletResourceOf(wallet, emptyBalance(wallet.id))),
  );
});

test('a withdrawal is created from the fields of REST', () => {
  expect(fieldsOf('CreateWithdrawalInput')).toEqual(Object.keys(CreateWithdrawal.shape));
});

test('the statuses are those of a withdrawal', () => {
  const type = graphqlSchema.getType('WithdrawalStatus');
  expect(type).toBeInstanceOf(GraphQLEnumType);
  expect((type as GraphQLEnumType).getValues().map(({ name }) => name)).toEqual([...statuses]);
});
