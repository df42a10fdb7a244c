import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const src = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Examples import the package by its name; here that means the sources, so that they count for coverage.
    alias: [
      { find: /^evenkeel$/, replacement: src('index.ts') },
      { find: /^evenkeel\/discovery$/, replacement: src('discovery/index.ts') },
      { find: /^evenkeel\/node$/, replacement: src('node/index.ts') },
      { find: /^evenkeel\/sim$/, replacement: src('sim/index.ts') },
      { find: /^evenkeel\/testing$/, replacement: src('testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/runtimes/**', 'test/consumers/**'],
    // Unit tests run on a virtual clock and take milliseconds; the rest is for real sockets on a busy machine.
    testTimeout: 10_000,
    hookTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: 'test/tsconfig.json' },
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'reports/vitest.json' }]] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.d.ts'],
      reporter: ['text-summary', 'html', 'lcov'],
      thresholds: { lines: 90, branches: 85 },
    },
  },
})
