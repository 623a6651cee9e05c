/** Reads the stack's template with paths in place of references: `{ "Fn::GetAtt": [… "Arn"] }` becomes `tables/money.Arn`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeApp } from '../../lib/app.ts';

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Fields = { [key: string]: Value };
export type Resource = { type: string; path: string; properties: Fields; attributes: Fields };

type Written = { Type: string; Properties?: Fields; Metadata?: Record<string, string> };
type Template = { Resources: Record<string, Written>; Outputs: Record<string, { Value: Value }> };

function synthesize(context: Record<string, unknown>): Template {
  const outdir = mkdtempSync(path.join(tmpdir(), 'drawbridge-template-'));
  try {
    makeApp({ outdir, context, bundle: false, check: false }).synth();
    const stack = String(context['stackName'] ?? 'Drawbridge');
    const read = (file: string): Template =>
      JSON.parse(readFileSync(path.join(outdir, file), 'utf8'));
    const nested = readdirSync(outdir).filter((file) => file.endsWith('.nested.template.json'));
    return withNested(read(`${stack}.template.json`), nested.map(read));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The stack with what is in its nested one, whose parameters stand for resources of the stack around it. */
function withNested(stack: Template, nested: readonly Template[]): Template {
  const stacks = Object.values(stack.Resources).filter(({ Type }) => Type === nestedStack);
  if (stacks.length !== nested.length || nested.length > 1)
    throw new Error(`${stacks.length} nested stacks have ${nested.length} templates`);
  const given = (stacks[0]?.Properties?.['Parameters'] ?? {}) as Fields;
  const inside = Object.entries(nested[0]?.Resources ?? {}).map(
    ([id, one]) => [`nested.${id}`, filled(one as Value, given)] as const,
  );
  return {
    ...stack,
    Resources: { ...stack.Resources, ...(Object.fromEntries(inside) as Template['Resources']) },
  };
}
export const nestedStack = 'AWS::CloudFormation::Stack';

/** With the values of the parameters, and with the ids that resources of the nested stack have here. */
function filled(value: Value, given: Fields): Value {
  if (Array.isArray(value)) return value.map((one) => filled(one, given));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value;
  if (typeof ref === 'string' && !ref.startsWith('AWS::'))
    return given[ref] ?? { Ref: `nested.${ref}` };
  if (Array.isArray(attribute))
    return { 'Fn::GetAtt': [`nested.${attribute[0]}`, attribute[1] ?? ''] };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, filled(inner, given)]),
  );
}

type PathOf = (id: string) => string;
const pathsIn =
  ({ Resources }: Template): PathOf =>
  (id) =>
    (Resources[id]?.Metadata?.['aws:cdk:path'] ?? id)
      .replace(/^[^/]*\//, '')
      .replace(/\/Resource$/, '');

const templates = new Map<string, Template>();
/** Equal context gives an equal template, which is made once. */
function templateOf(context: Record<string, unknown>): Template {
  const name = JSON.stringify(context);
  const template = templates.get(name) ?? synthesize(context);
  templates.set(name, template);
  return template;
}

/** The resources of the stack that is synthesized with this context. */
export function resources(context: Record<string, unknown> = {}): Resource[] {
  const template = templateOf(context);
  const pathOf = pathsIn(template);
  return Object.entries(template.Resources).map(
    ([id, { Type, Properties = {}, Metadata, ...rest }]) => ({
      type: Type,
      path: pathOf(id),
      properties: inWords(Properties, pathOf) as Fields,
      attributes: inWords(rest as Fields, pathOf) as Fields,
    }),
  );
}

export function outputs(context: Record<string, unknown> = {}): Record<string, Value> {
  const template = templateOf(context);
  const values = Object.entries(template.Outputs).map(
    ([name, { Value }]) => [name, inWords(Value, pathsIn(template))] as const,
  );
  return Object.fromEntries(values);
}

function inWords(value: Value, pathOf: PathOf): Value {
  if (Array.isArray(value)) return value.map((one) => inWords(one, pathOf));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
  if (typeof ref === 'string') return ref.startsWith('AWS::') ? `<${ref}>` : pathOf(ref);
  if (Array.isArray(attribute)) return `${pathOf(String(attribute[0]))}.${attribute[1]}`;
  if (Array.isArray(join) && Array.isArray(join[1]))
    return join[1].map((part) => String(inWords(part, pathOf))).join(String(join[0]));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inWords(inner, pathOf)]),
  );
}

export const ofType = (all: readonly Resource[], type: string): Resource[] =>
  all.filter((one) => one.type === type);

/** The last part of a path, which is the name of a function or queue. */
export const lastOf = (text: string): string => text.slice(text.lastIndexOf('/') + 1);

/** The environment of the function at this path. */
export function variablesOf(all: readonly Resource[], at: string): Record<string, string> {
  const found = all.find((one) => one.type === 'AWS::Lambda::Function' && one.path === at);
  if (found === undefined) throw new Error(`no function at ${at}`);
  return (found.properties['Environment'] as { Variables: Record<string, string> }).Variables;
}

export type Statement = {
  Effect: string;
  Action: string[];
  Resource: string[];
  Principal?: Value;
  Condition?: Value;
};

/** The statements of a policy document, with every list a list. */
export function statementsOf(document: Value | undefined): Statement[] {
  const list = (value: Value | undefined): string[] =>
    value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);
  const { Statement: statements } = document as { Statement: Fields[] };
  return statements.map(({ Effect, Action, Resource, ...rest }) => ({
    ...rest,
    Effect: String(Effect),
    Action: list(Action),
    Resource: list(Resource),
  }));
}
