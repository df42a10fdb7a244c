// Nothing may happen when the package is loaded, nor when a balancer is made: from here on every clock, timer, random
// number, signal and connection throws.

/** Puts the platform under the ban; returns a function that lifts it. */
exports.forbid = () => {
  const undo = []
  const ban = (object, name) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    if (descriptor === undefined) throw new Error(`there is no ${name} to forbid`)
    const throws = function forbidden() {
      throw new Error(`${name} was used`)
    }
    // Some of Bun's globals may be written to, but not be reconfigured.
    const attributes = 'value' in descriptor ? descriptor : { configurable: true, writable: true }
    Object.defineProperty(object, name, { ...attributes, value: throws })
    undo.push(() => Object.defineProperty(object, name, descriptor))
  }
  const globals = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'AbortController']
  for (const name of [...globals, 'MessageChannel', 'WebSocket', 'Request']) ban(globalThis, name)
  ban(Math, 'random')
  ban(Date, 'now')
  ban(Object.getPrototypeOf(crypto), 'getRandomValues')
  ban(Object.getPrototypeOf(crypto), 'randomUUID')
  // An own property, which hides that of the prototype.
  Object.defineProperty(performance, 'now', {
    value: () => {
      throw new Error('performance.now was used')
    },
    configurable: true,
  })
  undo.push(() => delete performance.now)
  return () => {
    for (const lift of undo) lift()
  }
}

/** Uses all of the package that may be used at the top of a module. */
exports.declare = (lib, testing, node, discovery) => {
  const { createBalancer, wrapFetch, leastLatency, leastRequest, random, roundRobin } = lib
  const endpoints = ['http://127.0.0.1:9', { url: 'http://127.0.0.1:10', weight: 3, priority: 1 }]
  const balancers = [leastLatency(), leastRequest(), random(), roundRobin()].map((policy) =>
    createBalancer({
      endpoints,
      policy,
      retry: { budget: lib.retryBudget() },
      transport: lib.fetchTransport(),
    }),
  )
  balancers.push(createBalancer({ endpoints, circuitBreaker: { scope: 'service' }, completion: 'body' }))
  balancers.push(createBalancer({ discovery: { name: 'none', watch: () => ({ close() {} }) } }))
  const { cached, fallback, filter, http, map, merge, staticList, subset } = discovery
  const sources = [
    http({ url: 'http://127.0.0.1:9/' }),
    node.file({ path: 'endpoints.yaml' }),
    staticList(endpoints),
  ]
  const made = [
    filter(sources[0], () => true),
    map(sources[0], (endpoint) => endpoint),
    subset(sources[0], { id: 'x' }),
  ]
  made.push(merge(sources), fallback(sources), cached(sources[1], node.fileStore('copy.json')))
  for (const source of [...sources, ...made]) balancers.push(createBalancer({ discovery: source }))
  for (const healthCheck of [node.tcpCheck(), node.grpcCheck(), node.scriptCheck({ command: 'true' })])
    balancers.push(createBalancer({ endpoints, healthCheck }))
  // The package undici is not there, and nobody asks for it yet.
  balancers.push(node.createBalancer({ endpoints }))
  balancers[0].on('retry', () => {}).setEndpoints(endpoints.slice(1))
  wrapFetch(globalThis.fetch, { users: balancers[0] })
  testing.virtualClock()
  testing.seededRandom(1)
  return balancers.length
}
