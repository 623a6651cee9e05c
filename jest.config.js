import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  coverageProvider: 'v8',
  testSequencer: '<rootDir>/test/sequencer.ts',
  // One for each core, and one for the simulation, which waits for processes of its own.
  maxWorkers: availableParallelism() + 1,
  // A machine that does other things too is slow.
  testTimeout: 120_000,
};
