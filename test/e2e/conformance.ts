/** Holds every answer of a running server to the OpenAPI document that it serves. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Documented = {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, { content?: object }> }>
  >;
};
export type Checked = { operationId: string; status: number };

const pointerPart = (text: string): string =>
  encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));

/** What is wrong with a value by the schema at this place of the document; null: nothing. */
type Judge = (value: unknown, ...at: string[]) => string | null;
const judges = new Map<string, Judge>();
/** The same for all clients of one document: compiling a schema takes longer than most of what a test asks. */
function judgeBy(text: string, document: Documented): Judge {
  const known = judges.get(text);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  const judge: Judge = (value, ...at) => {
    const ref = `api#/${at.map(pointerPart).join('/')}`;
    const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
    validators.set(ref, validate);
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
  judges.set(text, judge);
  return judge;
}

/** A `fetch` that throws when an answer is not what the document promises. `seen`: what was answered so far. */
export async function conformingFetch(
  apiUrl: string,
): Promise<{ fetch: typeof fetch; document: Documented; seen: Checked[] }> {
  const text = await (await fetch(`${apiUrl}/openapi.json`)).text();
  const document = JSON.parse(text) as Documented;
  const judge = judgeBy(text, document);
  const seen: Checked[] = [];
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }));

  const check = async (method: string, url: URL, response: Response): Promise<void> => {
    const found = templates.find(({ pattern }) => pattern.test(url.pathname));
    const operation = found && document.paths[found.template]?.[method.toLowerCase()];
    if (found === undefined || operation === undefined) return; // 404 or 405 of no operation.
    const { operationId, responses } = operation;
    const said = `${operationId} answered ${response.status}`;
    const documented = responses[response.status];
    if (documented === undefined) throw new Error(`${said}, which is not documented`);
    seen.push({ operationId, status: response.status });
    if (documented.content === undefined) {
      const body = await response.clone().text();
      if (body !== '') throw new Error(`${said} with a body, which is not documented`);
      return;
    }
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (!(type in documented.content)) throw new Error(`${said} as ${type}`);
    if (!type.includes('json')) return;
    const body: unknown = await response.clone().json();
    const at = [
      'paths',
      found.template,
      method.toLowerCase(),
      'responses',
      String(response.status),
    ];
    const wrong = judge(body, ...at, 'content', type, 'schema');
    if (wrong !== null) throw new Error(`${said}: ${wrong} in ${JSON.stringify(body)}`);
  };

  return {
    document,
    seen,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const url = new URL(input instanceof Request ? input.url : input);
      await check(init?.method ?? 'GET', url, response);
      return response;
    },
  };
}
