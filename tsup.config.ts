import { defineConfig, type Options } from 'tsup'
import { bundledLicenses } from './scripts/licenses.ts'

// `npm run -s build` says nothing unless something is wrong.
const silent = process.env['npm_config_loglevel'] === 'silent'
const licenses = bundledLicenses('THIRD-PARTY-LICENSES')

const library: Options = {
  entry: {
    index: 'src/index.ts',
    'discovery/index': 'src/discovery/index.ts',
    'node/index': 'src/node/index.ts',
    'undici/index': 'src/undici/index.ts',
    'sim/index': 'src/sim/index.ts',
    'testing/index': 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  // `evenkeel/node` and `evenkeel/undici` import built-ins, by the names that every runtime knows; `npm run check:dist` sees that nobody else does.
  external: [/^node:/],
  removeNodeProtocol: false,
  target: 'es2022',
  // Shared chunks, for CommonJS too (there tsup's default is off): with a private copy of every class in each entry,
  // `instanceof` and shared state would break between `evenkeel` and `evenkeel/testing`.
  splitting: true,
  // Not only for size: without it tsup sends split CommonJS through sucrase, which turns `?.`, `??` and class fields
  // into helper calls, ten times slower in a hot pick().
  treeshake: true,
  sourcemap: true,
  // All but what the other build makes, at the same time.
  clean: ['!cli/**'],
  // Generates declarations but does not check types: `npm run typecheck` does.
  // The banner is for consumers that compile without @types/node: nothing else brings Symbol.asyncDispose to them.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  // One artefact without Node built-ins: the libraries are bundled, and the only built-in among them (opossum's
  // `events`) is replaced by eventemitter3. is-network-error comes with p-retry. The last three are for the simulator;
  // ECharts, which weighs more than all the rest, is left to those who want its plots.
  noExternal: [
    'opossum',
    'p-retry',
    'is-network-error',
    'eventemitter3',
    'events',
    'cookie',
    'tinyqueue',
    'markdown-table',
    'yaml',
  ],
  esbuildOptions(options) {
    options.alias = { ...options.alias, events: 'eventemitter3' }
  },
  esbuildPlugins: [licenses],
  silent,
}

/** The command: for Node, and on top of the library's own entries, of which it has no copy. */
const command: Options = {
  entry: { 'cli/main': 'src/cli/main.ts' },
  format: ['esm'],
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  removeNodeProtocol: false,
  noExternal: ['commander', 'cli-progress', 'yaml'],
  // cli-progress is CommonJS and requires built-ins, which a module has to be told how to do.
  banner: {
    js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
  },
  esbuildPlugins: [
    {
      name: 'library-entries',
      setup(build) {
        build.onResolve({ filter: /^(\.\.\/)+(sim\/)?index\.js$/ }, ({ path }) => ({
          path: `../${path.replace(/^(\.\.\/)+/, '')}`,
          external: true,
        }))
      },
    },
    licenses,
  ],
  silent,
}

export default defineConfig([library, command])
