/** How the DynamoDB model says no: what AWS would answer, and what the model does not know. */

export type Answer = { status: number; body: object };

/** What AWS answers with ValidationException. */
export class Invalid extends Error {
  override name = 'Invalid';
}

/** The product uses something of DynamoDB that this model does not have. Never answered: the run must end with it. */
export class NotModelled extends Error {
  override name = 'NotModelled';
  constructor(what: string) {
    super(
      `The DynamoDB model does not know ${what}: add it to test/sim/models, with a conformance test.`,
    );
  }
}

const dynamodb = 'com.amazonaws.dynamodb.v20120810';
/** AWS guide, "Error handling with DynamoDB", and what its service answers: not all errors have the service's namespace. */
const namespaces: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  ThrottlingException: 'com.amazon.coral.availability',
};

/** An error in AWS's JSON (DynamoDB guide, "DynamoDB low-level API": `__type` and a message). */
export const errorAnswer = (name: string, message: string, more: object = {}): Answer => ({
  status: name === 'InternalServerError' ? 500 : 400,
  body: { __type: `${namespaces[name] ?? dynamodb}#${name}`, message, ...more },
});
