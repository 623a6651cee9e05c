/** `npm run bench -- start`: what each function takes to start, as it is deployed, with and without traces. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dueWebhookPublicKey } from '../lambdas/boot/settings-table.ts';
import { localEnvironment } from '../local/environment.ts';
import { synthesisContext } from '../local/function-settings.ts';
import { type ColdStart, usualColdStart } from '../local/lambda/cold-start.ts';
import { functionSpecs } from '../local/lambda/functions.ts';
import { localSettings } from '../local/settings.ts';
import { makeResolver } from '../local/template/intrinsics.ts';
import { synthesize } from '../local/template/synthesize.ts';

const times = 5;
/** The part of a vCPU that 512 MB have (AWS Lambda guide, "Configure Lambda function memory"). */
const partOfCore = 0.29;
/** The most for every function but the one that signs for chains. */
const startMsMax = 300;
const standIn = 'http://127.0.0.1:9';
/** Lambda sets it where tracing is on, and the functions then load the tracer. */
const traced = { AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000', POWERTOOLS_TRACE_ENABLED: 'true' };

export async function benchStart(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drawbridge-start-'));
  try {
    const settings = localSettings({});
    const assembly = await synthesize(folder, synthesisContext(settings));
    const { stackName, template } = assembly;
    const resolver = makeResolver({ template, stackName, awsEndpoint: standIn });
    const environment = {
      awsEndpoint: standIn,
      dynamoEndpoint: standIn,
      settings: { ...settings.passedOn, [dueWebhookPublicKey.name]: publicKey() },
      secrets: { ID_SECRET: 'x'.repeat(32), DUE_API_KEY: 'local', ALPACA_SECRET_KEY: 'local' },
      signing: { EVM_TREASURY_KEY: settings.treasury.key, EVM_GAS_KEYS: settings.gasKeys.join() },
      finalityMs: 0,
    };
    const specs = functionSpecs(
      assembly,
      resolver,
      localEnvironment(environment, resolver, assembly),
    );
    const rows: Record<string, object> = {};
    for (const spec of specs) {
      const name = spec.name.replace(`${stackName.toLowerCase()}-`, '');
      const untraced = await usualColdStart(spec, times);
      const withTraces = sumOf(await usualColdStart(spec, times, traced));
      rows[name] = {
        KiB: Math.round(statSync(spec.file).size / 1_024),
        'Node ms': Math.round(untraced.nodeMs),
        'load ms': Math.round(untraced.loadMs),
        'start ms': sumOf(untraced),
        'with traces': withTraces,
        [`on ${partOfCore} of a core`]: Math.round(withTraces / partOfCore),
        ...(name !== 'broadcast' && { target: startMsMax }),
      };
    }
    console.table(rows);
    console.log(
      `CPU time on a whole core of this machine, the middle one of ${times} starts; a function of 512 MB has ${partOfCore} of one.`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sumOf = ({ nodeMs, loadMs }: ColdStart): number => Math.round(nodeMs + loadMs);

/** Any key that can be read. */
const publicKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
