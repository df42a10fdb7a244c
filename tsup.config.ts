import { defineConfig } from 'tsup'
import { bundledLicenses } from './scripts/licenses.ts'

export default defineConfig({
  entry: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  // Shared chunks, for CommonJS too (there tsup's default is off): with a private copy of every class in each entry,
  // `instanceof` and shared state would break between `evenkeel` and `evenkeel/testing`.
  splitting: true,
  // Not only for size: without it tsup sends split CommonJS through sucrase, which turns `?.`, `??` and class fields
  // into helper calls, ten times slower in a hot pick().
  treeshake: true,
  sourcemap: true,
  clean: true,
  // Generates declarations but does not check types: `npm run typecheck` does.
  // The banner is for consumers that compile without @types/node: nothing else brings Symbol.asyncDispose to them.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  // One artefact without Node built-ins: the libraries are bundled, and the only built-in among them (opossum's
  // `events`) is replaced by eventemitter3. is-network-error comes with p-retry.
  noExternal: ['opossum', 'p-retry', 'is-network-error', 'eventemitter3', 'events', 'cookie'],
  esbuildOptions(options) {
    options.alias = { ...options.alias, events: 'eventemitter3' }
  },
  esbuildPlugins: [bundledLicenses('THIRD-PARTY-LICENSES')],
  // `npm run -s build` says nothing unless something is wrong.
  silent: process.env['npm_config_loglevel'] === 'silent',
})
