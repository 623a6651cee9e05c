/** Tells what `Ref` and `Fn::GetAtt` give for each resource on this machine. */
import { accountId, arnOf } from './aws-names.ts';
import type { Resource } from './template.ts';

export type Identity = { ref: string; attributes: Record<string, string> };
export type IdentityOptions = {
  stackName: string;
  /** `http://host:port` of the local AWS endpoint: queue URLs begin with it. */
  awsEndpoint: string;
};
type Naming = IdentityOptions & {
  id: string;
  /** A property, resolved, if it is a string. */
  text(name: string): string | undefined;
  /** The resource's name: the template's, or one made of the stack and the logical id, as CloudFormation does. */
  named(property: string): string;
};

/** The ARN of a table's stream. Its label is always the same, which is enough to find the table again. */
export const streamArnOf = (table: string): string =>
  arnOf('dynamodb', `table/${table}/stream/local`);
export const tableArnOf = (table: string): string => arnOf('dynamodb', `table/${table}`);
export const queueArnOf = (queue: string): string => arnOf('sqs', queue);
export const functionArnOf = (name: string): string => arnOf('lambda', `function:${name}`);
export const ruleArnOf = (name: string): string => arnOf('events', `rule/${name}`);
export const ruleOnBusArnOf = (bus: string, name: string): string =>
  ruleArnOf(bus === 'default' ? name : `${bus}/${name}`);
export const busArnOf = (name: string): string => arnOf('events', `event-bus/${name}`);
export const queueUrlOf = (awsEndpoint: string, queue: string): string =>
  `${awsEndpoint}/${accountId}/${queue}`;

const table = ({ named }: Naming): Identity => {
  const name = named('TableName');
  return { ref: name, attributes: { Arn: tableArnOf(name), StreamArn: streamArnOf(name) } };
};

const makers: Record<string, (naming: Naming) => Identity> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::SQS::Queue': ({ awsEndpoint, named, text }) => {
    const fifo = text('FifoQueue') === 'true' && text('QueueName') === undefined ? '.fifo' : '';
    const name = named('QueueName') + fifo;
    const url = queueUrlOf(awsEndpoint, name);
    return { ref: url, attributes: { Arn: queueArnOf(name), QueueName: name, QueueUrl: url } };
  },
  'AWS::Lambda::Function': ({ named }) => {
    const name = named('FunctionName');
    return { ref: name, attributes: { Arn: functionArnOf(name) } };
  },
  'AWS::Lambda::Version': ({ text }) => withRef(`${text('FunctionName')}:1`),
  'AWS::Lambda::Alias': ({ text }) => withRef(`${text('FunctionName')}:${text('Name')}`),
  'AWS::Events::Rule': ({ named }) => {
    const name = named('Name');
    return { ref: name, attributes: { Arn: ruleArnOf(name) } };
  },
  'AWS::Events::EventBus': ({ named }) => {
    const name = named('Name');
    return { ref: name, attributes: { Arn: busArnOf(name), Name: name } };
  },
  'AWS::ApiGateway::RestApi': ({ id }) => ({ ref: id, attributes: { RootResourceId: '/' } }),
  'AWS::ApiGateway::Stage': ({ text, id }) => ({ ref: text('StageName') ?? id, attributes: {} }),
  'AWS::ApiGateway::UsagePlan': ({ text, id }) => withRef(text('UsagePlanName') ?? id),
  'AWS::Logs::LogGroup': ({ named }) => {
    const name = named('LogGroupName');
    return { ref: name, attributes: { Arn: arnOf('logs', `log-group:${name}:*`) } };
  },
  'AWS::SecretsManager::Secret': ({ named }) =>
    withRef(arnOf('secretsmanager', `secret:${named('Name')}`)),
  'AWS::SNS::Topic': ({ named }) => withRef(arnOf('sns', named('TopicName'))),
};

const withRef = (ref: string): Identity => ({ ref, attributes: {} });

/**
 * The identity of a resource. Types that nothing here runs, such as roles and alarms, get their logical id and an ARN of it,
 * so that references to them can be resolved.
 */
export function identityOf(
  id: string,
  { Type, Properties = {} }: Resource,
  options: IdentityOptions,
  resolve: (value: unknown) => unknown,
): Identity {
  const text = (name: string): string | undefined => {
    const value = resolve(Properties[name]);
    return value === undefined ? undefined : String(value);
  };
  const named = (property: string): string => text(property) ?? `${options.stackName}-${id}`;
  const make = makers[Type];
  if (make !== undefined) return make({ ...options, id, text, named });
  const service = Type.split('::')[1]?.toLowerCase() ?? 'unknown';
  return { ref: id, attributes: { Arn: arnOf(service, id) } };
}
