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
  // By itself, without grpc-js, which who wants it installs.
  {
    name: 'evenkeel/node',
    path: 'dist/node/index.js',
    limit: '8.5 kB',
    ignore: ['@grpc/grpc-js'],
    modifyEsbuildConfig: (config) => ({ ...config, platform: 'node' }),
  },
]
