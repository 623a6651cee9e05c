/**
 * Compiles contracts/TestUSDC.sol into the committed artefact: `node bin/run.mjs contracts/compile.ts`. The compiler is a
 * pinned npm package and the output has no metadata hash, so that a test can compile again and compare.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Abi, Hex } from 'viem';

/** The parts of a compiled contract that deploying and calling it need. */
export interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
}

const source = 'TestUSDC.sol';
const contract = 'TestUSDC';
const artifactFile = path.join(import.meta.dirname, 'test-usdc.json');

/** Compiles the token. Throws the compiler's own messages when there are any, warnings included. */
export async function compileToken(): Promise<Artifact> {
  // The compiler is 10 MB of WebAssembly, so it is loaded only when it is needed.
  const { default: solc } = await import('solc');
  const input = {
    language: 'Solidity',
    sources: {
      [source]: { content: readFileSync(path.join(import.meta.dirname, source), 'utf8') },
    },
    settings: {
      optimizer: { enabled: true, runs: 10_000 },
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { [source]: { [contract]: ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const compiled = output.contracts?.[source]?.[contract];
  if (!compiled) throw new Error(`solc returned no contract ${contract}`);
  return { abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` };
}

/** Reads the committed artefact. */
export const readArtifact = (): Artifact =>
  JSON.parse(readFileSync(artifactFile, 'utf8')) as Artifact;

if (import.meta.main) {
  writeFileSync(artifactFile, `${JSON.stringify(await compileToken(), null, 2)}\n`);
  console.log(`wrote ${artifactFile}`);
}
