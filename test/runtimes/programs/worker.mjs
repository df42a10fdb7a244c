// The same as a Worker: each check is a request of its own, and a POST to its name runs it.
import * as lib from 'evenkeel'
import * as testing from 'evenkeel/testing'
import { breaker } from './breaker.mjs'
import { calls } from './calls.mjs'
import { fleet } from './fleet.mjs'
import { frozen } from './frozen.mjs'
import { thawed } from './thawed.mjs'

/** What the virtual clock needs, for Workers of old compatibility dates. */
globalThis.MessageChannel ??= class {
  port1 = { onmessage: undefined, close() {} }
  port2 = { postMessage: () => setTimeout(() => this.port1.onmessage(), 0) }
}

const checks = {
  ...calls(lib, fleet),
  ...breaker(lib, fleet),
  // biome-ignore lint/nursery/noMisusedPromises: what it returns is an object; the rule is misled by the async methods in it.
  ...thawed(lib, testing),
  ...frozen(lib, fleet),
}

export default {
  async fetch(request) {
    if (request.method === 'GET') return Response.json(Object.keys(checks))
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1))
    try {
      const { again } = (await checks[name]()) ?? {}
      return Response.json({ name, ok: true, again })
    } catch (error) {
      return Response.json({ name, ok: false, error: String(error?.stack ?? error) })
    }
  },
}
