/** Synthesizes the CDK app: cdk.json runs it. It writes the cloud assembly to CDK_OUTDIR, or else to cdk.out. */
import process from 'node:process';
import { makeApp } from '../lib/app.ts';

makeApp({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' }).synth();
