/** What a message in the queue of a step is: ids, at which the step looks. */
import * as z from 'zod';
import { doorbellIdsMax } from './limits.ts';

const idLengthMax = 100;
const Doorbell = z.strictObject({ ids: z.array(z.string().max(idLengthMax)).max(doorbellIdsMax) });

/** Throws for whatever none of our code sends. */
export const doorbellIn = (body: string): readonly string[] => Doorbell.parse(JSON.parse(body)).ids;
