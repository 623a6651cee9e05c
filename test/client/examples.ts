/** The examples that stand beside the client's public functions, as programs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gitFiles } from '../support/source-files.ts';

const root = path.join(import.meta.dirname, '../..');

export type Example = { of: string; code: string };

const sources = gitFiles('client/src/*.ts').filter((file) => !file.includes('/generated/'));

/** What a comment is on: an exported function or class, or a method that anybody may call. */
const documented =
  /\/\*\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\n(?:export (?:abstract )?(?:async )?(?:function|class) (?<top>\w+)| {2}(?:async )?(?<method>(?!if|for|constructor)[a-z]\w*)(?:<[^>]*>)?\()/g;

export const examples: readonly Example[] = sources.flatMap((file) =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(documented)].flatMap(({ groups }) => {
    const of = `${path.basename(file, '.ts')}.${groups?.['top'] ?? groups?.['method']}`;
    const [, text] = groups?.['comment']?.split('@example') ?? [];
    return text === undefined ? [] : [{ of, code: text.replaceAll(/^ *\* ?/gm, '') }];
  }),
);

/** Everything that needs an example: the functions and classes that the package exports, and their methods. */
export const needExamples: readonly string[] = sources.flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const name = path.basename(file, '.ts');
  const exported = readFileSync(path.join(root, 'client/src/index.ts'), 'utf8');
  const tops = [...text.matchAll(/^export (?:async )?(?:function|class) (\w+)/gm)]
    .map(([, one = '']) => one)
    .filter((one) => new RegExp(`^ .*(?<!type )\\b${one}\\b|\\{ ${one}\\b`, 'm').test(exported))
    .filter((one) => !new RegExp(`class ${one} extends`).test(text));
  const methods =
    /^export class (Withdrawals|WithdrawalBatches|Networks|Quotes|Wallets|WebhookEndpoints|Drawbridge)\b/m.test(
      text,
    )
      ? [...text.matchAll(/^ {2}(?:async )?(?!constructor)([a-z]\w*)(?:<[^>]*>)?\(/gm)].map(
          ([, one = '']) => one,
        )
      : [];
  return [...new Set([...tops, ...methods])].map((one) => `${name}.${one}`);
});

/** All of them as one program, each in a block of its own, against the API of these. */
export const programOf = (importedFrom: string): string => `
import { Drawbridge, isDrawbridgeError, verifyWebhook } from '${importedFrom}';

export async function runAll(
  baseUrl: string,
  given: { walletId: string; withdrawalId: string; endpointId: string; destinationAddress: string; secret: string },
  told: (of: string) => void,
): Promise<void> {
  const { walletId, withdrawalId, endpointId, destinationAddress, secret } = given;
  const drawbridge = new Drawbridge({ baseUrl, apiKey: 'dk_local_alice' });
  const console = { log: (..._said: unknown[]) => {} };
${examples.map(({ of, code }) => `  {${code.replaceAll(/^/gm, '    ')}\n    told('${of}');\n  }`).join('\n')}
}
`;

/** The programs of docs/getting-started.md that it says are run: in TypeScript, by curl, and on the command line. */
export const gettingStarted = (): string[] => {
  const text = readFileSync(path.join(root, 'docs/getting-started.md'), 'utf8');
  return [...text.matchAll(/^```(?:ts|sh)\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
};
