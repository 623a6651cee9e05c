/** Limits what a GraphQL document may ask for, before GraphQL's own rules run: some of those take exponential time. */
import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  type Source,
  type ValidationContext,
  type ValidationRule,
  validate,
  visit,
} from 'graphql';
import {
  graphqlAliasesMax,
  graphqlCostMax,
  graphqlDepthMax,
  graphqlSpreadsMax,
  graphqlTokensMax,
  pageDefault,
  pageMax,
} from '../../core/kernel/limits.ts';

/** Parses a document. Throws a GraphQLError at the first token beyond `graphqlTokensMax`. */
export const parseLimited = (source: string | Source): DocumentNode =>
  parse(source, { maxTokens: graphqlTokensMax });

/** Answers the limits that a document exceeds, or else what GraphQL's own `validate` finds. */
export function validateLimited(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules?: readonly ValidationRule[],
): readonly GraphQLError[] {
  const tooMuch = validate(schema, withItems(document), [depthRule, costRule, countRule]);
  return tooMuch.length > 0 ? tooMuch : validate(schema, document, rules);
}

/** The packages would throw out of `validate`; here they report an error like every other rule. */
const reported = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, { message }: GraphQLError) =>
      context?.reportError(new GraphQLError(message.replace('Syntax Error: ', ''))),
  ],
};
const depthRule = maxDepthRule({ n: graphqlDepthMax, flattenFragments: true, ...reported });
/** Each value in the answer costs one. */
const costRule = costLimitRule({
  maxCost: graphqlCostMax,
  objectCost: 1,
  scalarCost: 1,
  depthCostFactor: 1,
  flattenFragments: true,
  ...reported,
});

/** Renames `limit` of our lists to `first`, by which the package knows lists, and drops all other arguments: they are free. */
const withItems = (document: DocumentNode): DocumentNode =>
  visit(document, {
    Field: (field) => ({
      ...field,
      arguments: field.name.value === 'withdrawals' ? [first(itemsIn(field))] : [],
    }),
  });

const first = (items: number) => ({
  kind: Kind.ARGUMENT as const,
  name: { kind: Kind.NAME as const, value: 'first' },
  value: { kind: Kind.INT as const, value: String(items) },
});

/** The most items that a page can have. A variable counts as `pageMax`, because its value is not known here. */
function itemsIn(field: FieldNode): number {
  const limit = field.arguments?.find(({ name }) => name.value === 'limit')?.value;
  if (limit === undefined || limit.kind === Kind.NULL) return pageDefault;
  return limit.kind === Kind.INT ? Math.min(Number(limit.value), pageMax) : pageMax;
}

function countRule(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  let spreads = 0;
  const refuseOver = (count: number, max: number, what: string) => {
    if (count > max)
      context.reportError(new GraphQLError(`A document has at most ${max} ${what}, not ${count}.`));
  };
  return {
    Field: ({ alias }) => {
      if (alias !== undefined) aliases += 1;
    },
    FragmentSpread: () => {
      spreads += 1;
    },
    Document: {
      leave: () => {
        refuseOver(aliases, graphqlAliasesMax, 'aliases');
        refuseOver(spreads, graphqlSpreadsMax, 'uses of fragments');
      },
    },
  };
}
