// Health checks over Node's own sockets, on the runtimes that have those.
import { endpoint, equal, ok } from './expect.mjs'

export function nodeChecks(lib, node, { a, dead }) {
  const watched = (endpoints, healthCheck) => lib.createBalancer({ endpoints, healthCheck })
  const schedule = { rise: 1, fall: 1, beforeTraffic: true }
  const connected = watched([a, dead], node.tcpCheck(schedule))
  const request = 'GET /who HTTP/1.1\r\nHost: a\r\n\r\n'
  const asked = watched([a], node.tcpCheck({ ...schedule, send: request, expect: /"server":"a"/ }))
  const disappointed = watched(
    [a],
    node.tcpCheck({ ...schedule, send: request, expect: 'HTTP/3', timeout: 200 }),
  )

  const checked = async (balancer) => {
    await balancer.ready()
    for (let i = 0; i < 200; i++) {
      const { endpoints } = balancer.snapshot()
      if (endpoints.every(({ check }) => check?.at !== undefined)) break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  return {
    'tcpCheck knows who is there': async () => {
      await checked(connected)
      equal(endpoint(connected, a).check.healthy, true, 'health of a server')
      equal(endpoint(connected, dead).state, 'unhealthy', 'state of a dead endpoint')
      ok(
        /connect|refused/i.test(endpoint(connected, dead).check.error),
        endpoint(connected, dead).check.error,
      )
      await connected.close()
    },

    'tcpCheck sends, and listens': async () => {
      await checked(asked)
      await checked(disappointed)
      equal(endpoint(asked, a).check.error, undefined, 'error of a server that answers')
      equal(endpoint(disappointed, a).check.healthy, false, 'health of one that says something else')
      await Promise.all([asked.close(), disappointed.close()])
    },
  }
}
