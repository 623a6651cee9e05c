/** The CDK app, as cdk.json runs it. By itself it writes the cloud assembly to CDK_OUTDIR, or to cdk.out. */
import process from 'node:process';
import { makeApp } from '../lib/app.ts';

makeApp({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' }).synth();
