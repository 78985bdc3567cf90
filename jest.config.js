/** Node runs the sources by stripping their types; jest does the same work with swc, and both as ES modules. */
const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/support/fixed-seed.ts'],
};

export default {
  projects: ['unit', 'integration', 'contract', 'e2e', 'survival'].map(name => ({
    ...common,
    displayName: name,
    testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  })),
  testTimeout: 30_000,
};
