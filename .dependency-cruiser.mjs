// The layers of src/, and what each may import. `import type` counts like any other import.
const layers = {
  core: [],
  policies: ['core'],
  health: ['core', 'runtime'],
  resilience: ['core'],
  overload: ['core', 'runtime'],
  discovery: ['core', 'runtime'],
  transport: ['core'],
  // Of transport only what there is to match of a request.
  routing: ['core', 'transport'],
  telemetry: ['core'],
  runtime: ['core'],
  // The composition root: the only place where the layers above meet.
  client: [
    'core',
    'policies',
    'health',
    'resilience',
    'overload',
    'discovery',
    'transport',
    'routing',
    'telemetry',
    'runtime',
  ],
  // What needs Node's own modules, with an entry of its own.
  node: ['core', 'health', 'discovery', 'transport', 'runtime', 'client'],
  // The same for who has undici, which it is a part of.
  undici: ['core', 'transport', 'runtime', 'client', 'node'],
  // Tools around the library, with entries of their own.
  sim: ['core', 'policies', 'transport', 'runtime', 'client', 'testing'],
  // The command uses the entries only, as anybody could.
  cli: [],
}

/** What users import. */
const entries = ['index', 'discovery/index', 'node/index', 'undici/index', 'sim/index', 'testing/index']

// The packages that src/ uses, each behind the adapters of one layer.
const packages = {
  opossum: ['resilience'],
  'p-retry': ['resilience'],
  eventemitter3: ['telemetry'],
  cookie: ['transport'],
  tinyqueue: ['sim', 'health'],
  'markdown-table': ['sim'],
  echarts: ['sim/report'],
  yaml: ['sim', 'cli', 'node/discovery'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  '@grpc/grpc-js': ['node/checks'],
  undici: ['node', 'undici'],
}

const either = (names) => `(${names.join('|')})`

const directions = Object.entries(layers)
  .filter(([layer]) => layer !== 'cli')
  .map(([layer, below]) => ({
    name: `${layer}-imports-${below.length === 0 ? 'itself-only' : below.length > 1 ? 'layers-only' : below[0]}`,
    comment: `src/${layer} may import ${[layer, ...below].join(', ')} and nothing else of src.`,
    from: { path: `^src/${layer}/` },
    to: { path: '^src/', pathNot: `^src/${either([layer, ...below])}/` },
  }))

const adapters = Object.entries(packages).map(([name, users]) => ({
  name: `${name}-in-${users.join('-and-')}`,
  comment: `${name} is used through the adapters in src/${users.join(' and src/')}.`,
  from: { path: '^src/', pathNot: `^src/${either(users)}/` },
  to: { path: `(^|/)node_modules/${name}/` },
}))

const rules = [
  ...directions,
  ...adapters,
  {
    name: 'known-layers',
    comment: 'A new folder in src/ gets a line in the table of layers first.',
    from: { path: '^src/', pathNot: `^src/(index\\.ts$|testing/|${either(Object.keys(layers))}/)` },
    to: {},
  },
  {
    name: 'no-imports-of-testing',
    comment: 'Test helpers never reach production code.',
    from: { path: '^src/', pathNot: '^src/(testing|sim)/' },
    to: { path: '^src/testing/' },
  },
  {
    name: 'cli-uses-entries',
    comment: 'The command is built on what every user can import.',
    from: { path: '^src/cli/' },
    to: { path: '^src/', pathNot: `^src/(cli/|${either(entries)}\\.ts$)` },
  },
  {
    name: 'nothing-imports-tools',
    comment: 'The simulator, the command and what runs on Node only stay out of everybody’s bundle.',
    from: { path: '^src/', pathNot: '^src/(sim|cli|node|undici)/' },
    to: { path: '^src/(sim|cli|node|undici)/' },
  },
  {
    name: 'no-imports-of-index',
    comment: 'index.ts is for users; inside, import the module itself.',
    from: { path: '^src/', pathNot: '^src/(testing|cli)/' },
    to: { path: '^src/index\\.ts$' },
  },
  {
    name: 'no-node-builtins',
    comment:
      'The library runs on every runtime; the command, `evenkeel/node` and `evenkeel/undici`, on Node.',
    from: { path: '^src/', pathNot: '^src/(cli|node|undici)/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'no-other-packages',
    comment: 'Everything src/ imports ends up in the bundle of every user.',
    from: { path: '^src/' },
    to: { path: '(^|/)node_modules/', pathNot: `(^|/)node_modules/${either(Object.keys(packages))}/` },
  },
  { name: 'no-cycles', comment: 'Imports go one way.', from: {}, to: { circular: true } },
  {
    name: 'no-orphans',
    comment: 'Nothing imports this module.',
    from: { orphan: true, pathNot: `(^src/(${either(entries)}|cli/main)|\\.d)\\.ts$` },
    to: {},
  },
  { name: 'no-unresolved', comment: 'The import leads nowhere.', from: {}, to: { couldNotResolve: true } },
]

export default {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
}
