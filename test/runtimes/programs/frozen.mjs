// The process is stopped for real (SIGSTOP) when a server sees /freeze, for longer than an attempt may take, and goes
// on 2.4 s later. What it missed must not look like anybody's fault, nor like anybody's recovery.
import { endpoint, equal, ok } from './expect.mjs'

export function frozen({ createBalancer, roundRobin }, { a, b }) {
  const attempts = []
  const service = createBalancer({
    name: 'frozen',
    endpoints: [a, b],
    policy: roundRobin(),
    timeout: { attempt: 1_200, total: 60_000 },
    outlierDetection: { baseEjectionTime: 2_000 },
    panicThreshold: 0,
  })
  service.on('attempt', ({ endpoint: { url }, kind, latency }) => attempts.push({ url, kind, latency }))

  return {
    'a call in flight while frozen for seconds is nobody’s fault': async () => {
      await (await fetch(`${b}/break?status=503`)).text()
      for (let i = 0; i < 20 && endpoint(service, b).state !== 'ejected'; i++) await service.fetch('/flaky')
      equal(endpoint(service, b).state, 'ejected', 'state of b')
      await (await fetch(`${b}/heal`)).text()
      attempts.length = 0

      const response = await service.fetch('/freeze')
      equal((await response.json()).server, 'a', 'server')
      equal(
        attempts.map(({ url, kind }) => [url, kind]),
        [
          [a, 'stalled'],
          [a, 'success'],
        ],
        'attempts',
      )
      ok(Number.isNaN(attempts[0].latency), `no latency: ${attempts[0].latency}`)
      const { failures, latency, state } = endpoint(service, a)
      equal([failures, state], [0, 'eligible'], 'failures and state of a')
      ok(latency < 1_000, `latency of a: ${latency}`)
    },

    'an endpoint ejected before comes back by one trial': async () => {
      equal(endpoint(service, b).state, 'trial-due', 'state of b')
      const calls = Array.from({ length: 10 }, () => service.fetch('/who'))
      const servers = await Promise.all(calls.map(async (call) => (await (await call).json()).server))
      equal(servers.filter((server) => server === 'b').length, 1, 'calls that b got')
      equal(endpoint(service, b).state, 'eligible', 'state of b afterwards')
      await service.close()
    },
  }
}
