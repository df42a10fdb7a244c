// Minified by esbuild and compressed with brotli, with the bundled libraries in it (about 7 kB of the total). Limits are
// what it weighs now plus about a tenth: enough for fixes, while a new dependency or a careless feature trips them.
// Raise them in the change that needs it, and say there what the bytes buy.
//
// The first is what most applications get: a balancer with its default policy (routes, locality, slow start, health checks
// included).
// The second is everything at once: thirteen policies, keys, sessions, load reports, subsets. Nobody imports all.
export default [
  {
    name: 'createBalancer and wrapFetch',
    path: 'dist/index.js',
    import: '{ createBalancer, wrapFetch }',
    limit: '57 kB',
  },
  { name: 'everything', path: 'dist/index.js', limit: '70 kB' },
  { name: 'evenkeel/discovery', path: 'dist/discovery/index.js', limit: '10.5 kB' },
  // With the core, which its createBalancer() is made of; without grpc-js and undici, which who wants them installs, and YAML,
  // which is loaded with the first file of it.
  onNode('evenkeel/node', 'dist/node/index.js', '80 kB'),
  // With the connections of evenkeel/node, and without a balancer: who uses it has some.
  onNode('evenkeel/undici', 'dist/undici/index.js', '14 kB'),
]

function onNode(name, path, limit) {
  return {
    ...{ name, path, limit },
    ignore: ['@grpc/grpc-js', 'undici'],
    modifyEsbuildConfig: (config) => ({
      ...config,
      platform: 'node',
      external: [...(config.external ?? []), '../yaml-parser-*.js'],
    }),
  }
}
