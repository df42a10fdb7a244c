import { createServer, type ServerResponse } from 'node:http'
import { http } from 'evenkeel/discovery'
import { LocalServer } from '../../support/servers/local-server.ts'
import type { Harness } from './harness.ts'
import { FakeRegistry, groupsText, Registry, step } from './registry.ts'
import { discoveryConformance } from './suite.ts'

/** In virtual time, where the times of questions are exact. */
discoveryConformance(
  'http',
  async () => {
    const registry = new FakeRegistry()
    const { clock, fetch } = registry
    const options = { interval: 1_000, maxInterval: 16_000, timeout: 2_000, fetch }
    return {
      ...registry.harness,
      options: () => ({ discovery: http({ url: 'http://registry.test/users', ...options }), clock }),
    }
  },
  { minInterval: 1_000 },
)

/** A server in front of a registry, in real time. */
class RegistryServer extends LocalServer {
  readonly #open = new Set<ServerResponse>()

  constructor(registry: Registry, serve: (response: ServerResponse) => void) {
    const server = createServer((_request, response) => {
      registry.contacts.push(performance.now())
      this.#open.add(response)
      response.on('close', () => this.#open.delete(response))
      if (registry.mood === 'fail') response.writeHead(503).end()
      else if (registry.mood === 'answer') serve(response)
    })
    super(server)
  }

  /** Answers that have not ended. */
  get open(): ReadonlySet<ServerResponse> {
    return this.#open
  }
}

const soon = { interval: 20, maxInterval: 320, timeout: 1_000, idleTimeout: 500 }

discoveryConformance(
  'http_sd',
  async (): Promise<Harness> => {
    const registry = new Registry(groupsText)
    const server = new RegistryServer(registry, (response) => void response.end(registry.text))
    await server.listen()
    return {
      ...registry.harness,
      options: () => ({ discovery: http({ url: server.url, ...soon }) }),
      held: () => server.open.size,
      step,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  },
  { minInterval: soon.interval },
)

discoveryConformance('http events', async (): Promise<Harness> => {
  const registry = new Registry()
  const send = (response: ServerResponse) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${registry.text}\n\n`)
  }
  const server = new RegistryServer(registry, send)
  registry.onChange = () => {
    for (const response of server.open) {
      if (registry.mood === 'fail') response.destroy()
      else if (registry.mood === 'answer' && response.headersSent) send(response)
    }
  }
  const heartbeat = setInterval(() => {
    if (registry.mood === 'answer')
      for (const response of server.open) if (response.headersSent) response.write(':\n\n')
  }, 30)
  await server.listen()
  return {
    ...registry.harness,
    options: () => ({ discovery: http({ url: server.url, events: true, ...soon }) }),
    held: () => server.open.size,
    step,
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat)
      await server[Symbol.asyncDispose]()
    },
  }
})
