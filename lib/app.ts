/** Makes the CDK app, the same one for `cdk synth`, `npm start` and the tests. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { read } from '../lambdas/boot/setting-checks.ts';
import { stackName } from '../lambdas/boot/settings-table.ts';
import { bundleFunctions } from './bundle.ts';
import { DrawbridgeStack } from './drawbridge-stack.ts';

export type AppOptions = {
  /** The directory of the cloud assembly. */
  outdir?: string;
  /** Context that overrides that of cdk.json. */
  context?: Record<string, unknown>;
  /** Puts the bundles of the functions into a directory. `false` puts placeholders in their place, for tests of the template. */
  bundle?: false | ((directory: string) => void);
  /** `false` leaves out cdk-nag and CloudFormation's own rules, which take most of the time of a synthesis. */
  check?: boolean;
};

/** The folder of the bundles in an assembly, which the synthesis makes its assets from. */
export const bundlesFolder = 'functions';

/** The app, not synthesized yet. Throws on bad settings, on a missing entry file and on code that does not compile. */
export function makeApp({
  outdir,
  context,
  bundle = bundleFunctions,
  check = true,
}: AppOptions = {}): App {
  const app = new App({
    autoSynth: false,
    builtinCloudFormationValidation: check,
    // The CDK CLI passes the first two by itself. They stand here so that everybody gets the same template.
    context: {
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:enable-asset-metadata': true,
      ...cdkJson().context,
      ...context,
    },
    ...(outdir === undefined ? {} : { outdir }),
  });
  if (check) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const folder = path.join(app.outdir, bundlesFolder);
  // It takes longer than everything else, so that settings are refused before.
  const bundled = bundle ? onFirst(() => bundle(folder)) : () => {};
  new DrawbridgeStack(
    app,
    read(stackName, String(app.node.tryGetContext(stackName.name) ?? stackName.default)),
    {
      description: 'Drawbridge: carries withdrawals, exactly once, to an address on a blockchain',
      codeOf: (name) => {
        bundled();
        return bundle
          ? Code.fromAsset(path.join(folder, name))
          : Code.fromInline('// No code: bundle is off.');
      },
    },
  );
  return app;
}

function onFirst(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function cdkJson(): { context: Record<string, unknown> } {
  const file = path.join(path.dirname(import.meta.dirname), 'cdk.json');
  return JSON.parse(readFileSync(file, 'utf8'));
}
