/**
 * Compiles the contracts into the committed artefacts: `node bin/run.mjs contracts/compile.ts`. The compiler is a pinned npm
 * package and the output has no metadata hash, so that a test can compile again and compare.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Abi, Hex } from 'viem';

/** The parts of a compiled contract that deploying and calling it need. */
export interface Artifact {
  abi: Abi;
  bytecode: Hex;
}
/** A contract of which nodes are asked whether it is this one. */
export interface PinnedArtifact extends Artifact {
  /** The code that stands on chain once it is deployed. */
  deployed: Hex;
  /** The exact version of the compiler, as it names itself. */
  compiler: string;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<
    string,
    Record<
      string,
      { abi: Abi; evm: { bytecode: { object: string }; deployedBytecode: { object: string } } }
    >
  >;
}

const fileOf = (name: string): string => path.join(import.meta.dirname, name);
const tokenFile = fileOf('test-usdc.json');
const payoutsFile = fileOf('payouts.json');

/** Compiles one contract. Throws the compiler's own messages when there are any, warnings included. */
async function compile(source: string, contract: string): Promise<PinnedArtifact> {
  // The compiler is 10 MB of WebAssembly, so it is loaded only when it is needed.
  const { default: solc } = await import('solc');
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(fileOf(source), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 10_000 },
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: {
        [source]: { [contract]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] },
      },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const compiled = output.contracts?.[source]?.[contract];
  if (!compiled) throw new Error(`solc returned no contract ${contract}`);
  const { bytecode, deployedBytecode } = compiled.evm;
  return {
    abi: compiled.abi,
    bytecode: `0x${bytecode.object}`,
    deployed: `0x${deployedBytecode.object}`,
    compiler: solc.version(),
  };
}

export async function compileToken(): Promise<Artifact> {
  const { abi, bytecode } = await compile('TestUSDC.sol', 'TestUSDC');
  return { abi, bytecode };
}
export const compilePayouts = (): Promise<PinnedArtifact> => compile('Payouts.sol', 'Payouts');

/** Reads the committed artefact of the token. */
export const readArtifact = (): Artifact => JSON.parse(readFileSync(tokenFile, 'utf8')) as Artifact;
/** Reads that of the contract which pays many at once. */
export const readPayouts = (): PinnedArtifact =>
  JSON.parse(readFileSync(payoutsFile, 'utf8')) as PinnedArtifact;

if (import.meta.main) {
  for (const [file, artifact] of [
    [tokenFile, await compileToken()],
    [payoutsFile, await compilePayouts()],
  ] as const) {
    writeFileSync(file, `${JSON.stringify(artifact, null, 2)}\n`);
    console.log(`wrote ${file}`);
  }
}
