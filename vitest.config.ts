import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const src = (path: string): string => file(`src/${path}`)

/** Tests of what happens on connections. */
const CONNECTIONS = [
  'aborts',
  'bodies-in-flight',
  'discarded-answers',
  'draining',
  'garbage',
  'keep-alive-race',
  'killed-server',
  'redirects',
  'sent-once',
  'uploads',
]

export default defineConfig({
  resolve: {
    // Examples import the package by its name; here that means the sources, so that they count for coverage.
    alias: [
      { find: /^evenkeel$/, replacement: src('index.ts') },
      { find: /^evenkeel\/discovery$/, replacement: src('discovery/index.ts') },
      { find: /^evenkeel\/node$/, replacement: src('node/index.ts') },
      { find: /^evenkeel\/undici$/, replacement: src('undici/index.ts') },
      { find: /^evenkeel\/sim$/, replacement: src('sim/index.ts') },
      { find: /^evenkeel\/testing$/, replacement: src('testing/index.ts') },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'] } },
      // What connections do, a second time with those of `undiciTransport()`.
      {
        extends: true,
        resolve: { alias: [{ find: /^evenkeel$/, replacement: file('test/support/evenkeel-on-undici.ts') }] },
        test: {
          name: 'undici',
          include: [`test/integration/{${CONNECTIONS.join(',')}}.test.ts`],
          typecheck: { enabled: false },
        },
      },
    ],
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
