/** What the table of functions (functions.ts) may say of one. What it does not say is denied. */
import type { Step } from '../lambdas/core/kernel/steps.ts';
import type { StreamReader } from '../lambdas/core/operations/stream-letter.ts';

type Read = 'GetItem' | 'BatchGetItem' | 'Query' | 'Scan';
type Write = 'PutItem' | 'UpdateItem' | 'PartiQLUpdate' | 'ConditionCheckItem';

export type Errand = 'reconcile' | 'retell';
export type SecretName = 'ID_SECRET' | 'DUE_API_KEY' | 'ALPACA_SECRET_KEY';

export type FunctionSpec = {
  /** The file under lambdas/, without `.ts`, that exports `handler`. */
  entry: string;
  /** The actions on items of each table. No function may delete from `money`. */
  money?: readonly (Read | Write)[];
  webhooks?: readonly (Read | Write | 'DeleteItem')[];
  control?: readonly (Read | Write | 'DeleteItem')[];
  /** The indexes that it may query. */
  moneyIndexes?: readonly ('inbox' | 'byWallet' | 'byTenant' | 'byReference' | 'due' | 'open')[];
  webhooksIndexes?: readonly ('due' | 'byEndpoint' | 'byState')[];
  /** The queues that it may send to. */
  rings?: readonly Step[];
  /** The queues whose attributes it may read. */
  watches?: readonly Step[];
  /** Whether it may look at dead letters, send those of steps back, and take away what nobody can read. */
  deadLetters?: true;
  /** Whether it may see how many dead letters there are, and nothing of them. */
  countsDeadLetters?: true;
  /** Whose dead letters it may take away when it has told all that they are about. */
  clearsLettersOf?: readonly StreamReader[];
  /** The functions that it may ask to run now. */
  errands?: readonly Errand[];
  /** Whether it may know the addresses of the gas lanes: public keys, with which nothing is signed. */
  lanes?: true;
  secrets?: readonly SecretName[];
  /** Whether it may read the URLs of the networks' nodes, which often contain a key: they are secrets. */
  chains?: true;
  /** Whether it gets the brokerage's address, the id of our key there, and the owners of accounts. */
  brokerage?: true;
  /** Whether it may put events on the stack's bus. */
  bus?: true;
  /** Whether it may sign with the treasury's key and the gas keys. */
  signs?: true;
};
