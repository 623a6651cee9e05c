export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  coverageProvider: 'v8',
  // Each test file ends by itself, but all of them in one process leave a handle open that was not found yet.
  forceExit: true,
};
