/** The Proposals port. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Proposals } from '../../core/operations/four-eyes.ts';
import { resolutions } from '../../core/store/proposal-record.ts';
import type { Tables } from './client.ts';
import { keyOfProposal, proposalFrom } from './proposal-row.ts';
import { batchGet } from './store.ts';

export const dynamoProposals = (
  client: DynamoDBDocumentClient,
  { control }: Pick<Tables, 'control'>,
): Proposals => ({
  proposals: async (ids) => {
    const keys = ids.flatMap((id) =>
      resolutions.map((resolution) => keyOfProposal(id, resolution)),
    );
    return (await batchGet(client, control, keys)).map(proposalFrom);
  },
});
