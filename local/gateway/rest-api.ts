/** Reads the REST API of a template: its resources and methods become routes. */
import { functionNameIn } from '../template/aws-names.ts';
import type { Resolver } from '../template/intrinsics.ts';

export type Method = {
  /** An HTTP method, or `ANY`. */
  httpMethod: string;
  functionName: string;
  /** The time limit of the integration. */
  timeoutMs: number;
  /** The logical id of the authorizer; `null` means open. */
  authorizerId: string | null;
  /** Whether a usage plan must count the request. */
  apiKeyRequired: boolean;
};
export type Match = {
  resourceId: string;
  /** The path as the template writes it, such as `/v1/wallets/{walletId}`. */
  resourcePath: string;
  /** The parameters as the client sent them, still percent-encoded. */
  pathParameters: Record<string, string> | null;
  method: Method;
};
export type RestApi = {
  id: string;
  stage: string;
  binaryMediaTypes: readonly string[];
  /** Who names the key that a usage plan counts by: the request's `X-API-Key`, or the authorizer. */
  apiKeySource: 'HEADER' | 'AUTHORIZER';
  /** The route of a request; `null` when no resource has this path and method. */
  match(httpMethod: string, path: string): Match | null;
};

type Node = {
  id: string;
  path: string;
  methods: Map<string, Method>;
  fixed: Map<string, Node>;
  variable: { name: string; node: Node } | null;
  /** A variable `{name+}`, which stands for one segment or more. */
  rest: { name: string; node: Node } | null;
};
type Properties<Names extends string> = Partial<Record<Names, unknown>>;

/** The default time limit of an integration (API Gateway guide, "Quotas for REST APIs"). */
const integrationTimeoutMs = 29_000;

/** The REST API; `null` when there is none. Throws on several, and on methods that cannot be served here. */
export function restApiFrom(resolver: Resolver): RestApi | null {
  const [api, another] = resolver.resources('AWS::ApiGateway::RestApi');
  if (api === undefined) return null;
  if (another !== undefined) throw new Error('The template has several REST APIs.');
  const [id, { Properties: settings }] = api;
  const {
    Body,
    BinaryMediaTypes = [],
    ApiKeySourceType,
  } = resolver.resolve(settings) as Properties<'Body' | 'BinaryMediaTypes' | 'ApiKeySourceType'>;
  if (Body !== undefined)
    throw new Error(`${id}: an API made of an OpenAPI body is not supported.`);
  const root = treeOf(resolver, id);
  const [stage] = resolver.resources('AWS::ApiGateway::Stage');
  return {
    id,
    stage: stage === undefined ? 'local' : resolver.identity(stage[0]).ref,
    binaryMediaTypes: (BinaryMediaTypes as string[]).map((type) => type.replace('~1', '/')),
    apiKeySource: ApiKeySourceType === 'AUTHORIZER' ? 'AUTHORIZER' : 'HEADER',
    match: (httpMethod, path) => {
      const found = find(root, segmentsOf(path), []);
      if (found === null) return null;
      const method = found.node.methods.get(httpMethod) ?? found.node.methods.get('ANY');
      if (method === undefined) return null;
      const parameters = Object.fromEntries(found.parameters);
      return {
        resourceId: found.node.id,
        resourcePath: found.node.path,
        pathParameters: found.parameters.length === 0 ? null : parameters,
        method,
      };
    },
  };
}

function treeOf(resolver: Resolver, apiId: string): Node {
  const makeNode = (id: string, path: string): Node => ({
    ...{ id, path, methods: new Map(), fixed: new Map(), variable: null, rest: null },
  });
  const rootId = resolver.identity(apiId).attributes['RootResourceId'] ?? '/';
  const root = makeNode(rootId, '/');
  const nodes = new Map([[rootId, root]]);
  const resources = new Map(
    resolver
      .resources('AWS::ApiGateway::Resource')
      .map(([id, { Properties }]) => [
        id,
        resolver.resolve(Properties) as { ParentId: string; PathPart: string },
      ]),
  );
  const nodeOf = (id: string): Node => {
    const known = nodes.get(id);
    if (known !== undefined) return known;
    const resource = resources.get(id);
    if (resource === undefined) throw new Error(`The API has no resource ${id}.`);
    const parent = nodeOf(resource.ParentId);
    const { PathPart } = resource;
    const node = makeNode(id, `${parent === root ? '' : parent.path}/${PathPart}`);
    nodes.set(id, node);
    const [, name, greedy] = /^\{([^}+]+)(\+?)\}$/.exec(PathPart) ?? [];
    if (name === undefined) parent.fixed.set(PathPart, node);
    else if (greedy === '+') parent.rest = { name, node };
    else parent.variable = { name, node };
    return node;
  };
  for (const id of resources.keys()) nodeOf(id);
  for (const [id, { Properties }] of resolver.resources('AWS::ApiGateway::Method')) {
    const properties = resolver.resolve(Properties) as Properties<string>;
    const method = methodFrom(id, properties);
    nodeOf(String(properties['ResourceId'])).methods.set(method.httpMethod, method);
  }
  return root;
}

function methodFrom(id: string, properties: Properties<string>): Method {
  const integration = (properties['Integration'] ?? {}) as Properties<string>;
  const refuse = (what: string): Error => new Error(`${id}: ${what} is not supported here.`);
  if (integration['Type'] !== 'AWS_PROXY') throw refuse(`integration ${integration['Type']}`);
  const authorization = properties['AuthorizationType'] ?? 'NONE';
  if (authorization !== 'NONE' && authorization !== 'CUSTOM')
    throw refuse(`authorization ${authorization}`);
  for (const name of ['RequestModels', 'RequestParameters'])
    if (properties[name] !== undefined && properties[name] !== false) throw refuse(name);
  const arn = /\/functions\/(.+)\/invocations$/.exec(String(integration['Uri']))?.[1];
  if (arn === undefined) throw refuse(`integration with ${integration['Uri']}`);
  return {
    httpMethod: String(properties['HttpMethod']),
    functionName: functionNameIn(arn),
    timeoutMs: Number(integration['TimeoutInMillis'] ?? integrationTimeoutMs),
    authorizerId: authorization === 'CUSTOM' ? String(properties['AuthorizerId']) : null,
    apiKeyRequired: properties['ApiKeyRequired'] === true,
  };
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').slice(1);
  // API Gateway ignores one slash at the end.
  if (segments.at(-1) === '') segments.pop();
  return segments;
}

type Found = { node: Node; parameters: [string, string][] };

/** Finds the most specific resource: a fixed segment wins over a variable, which wins over `{name+}`. */
function find(
  node: Node,
  segments: readonly string[],
  parameters: Found['parameters'],
): Found | null {
  const [first, ...others] = segments;
  if (first === undefined) return { node, parameters };
  const fixed = node.fixed.get(first);
  const { variable, rest } = node;
  return (
    (fixed && find(fixed, others, parameters)) ??
    (variable && first !== ''
      ? find(variable.node, others, [...parameters, [variable.name, first]])
      : null) ??
    (rest
      ? { node: rest.node, parameters: [...parameters, [rest.name, segments.join('/')]] }
      : null)
  );
}
