/** Synthesizes the CDK app: cdk.json runs it. It writes the cloud assembly to CDK_OUTDIR, or else to cdk.out. */
import process from 'node:process';
import { SettingError } from '../lambdas/core/kernel/errors.ts';
import { makeApp } from '../lib/app.ts';

try {
  makeApp({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' }).synth();
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
