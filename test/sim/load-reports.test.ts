import type { LoadReport, Policy } from 'evenkeel'
import { type Scenario, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'
import { Agenda } from '../../src/sim/agenda.js'
import { checkServers } from '../../src/sim/check-servers.js'
import { Job } from '../../src/sim/job.js'
import { Server } from '../../src/sim/server.js'
import { SimulatedClock } from '../../src/sim/simulated-clock.js'

const SERVERS = (reports: boolean): Scenario => ({
  servers: { count: 3, service: { exponential: 20 }, reports },
  requests: 500,
})

/** The headers of responses to requests that all come at once. */
function reports(count: number): (string | null)[] {
  const agenda = new Agenda()
  const [group] = checkServers({ service: 10, slots: 2, reports: true })
  const server = new Server(0, group!, agenda, new SimulatedClock(agenda), () => 0.5)
  const seen: (string | null)[] = []
  for (let i = 0; i < count; i++)
    server.send(
      new Job(
        server,
        0.5,
        0,
        ({ headers }) => seen.push(headers.get('Evenkeel-Load')),
        () => {},
      ),
    )
  for (let event = agenda.next(); event !== undefined; event = agenda.next()) event.happen()
  return seen
}

describe('servers that report their load', () => {
  it('say how busy they are when they answer, as a server with the tracker of this library does', () => {
    const seen = reports(3)
    // The first has left, the third has taken its slot; there is no latency before the first answer.
    expect(seen[0]).toMatch(/^in-flight=2, utilization=[\d.]+$/)
    expect(seen[1]).toMatch(/^in-flight=1, latency=[\d.]+, utilization=[\d.]+, rps=[\d.]+$/)
    expect(seen[2]).toMatch(/^in-flight=0, latency=[\d.]+, utilization=[\d.]+, rps=[\d.]+$/)
  })

  it('are understood by the library: all that its policies go by arrives at them', async () => {
    const loads: (LoadReport | undefined)[] = []
    const policy: Policy = {
      name: 'listener',
      usesLoadReports: true,
      pick: (view, { random }) => view.at(Math.floor(random() * view.size)),
      observe: (_, { load }) => loads.push(load),
    }
    await simulate({ ...SERVERS(true), balancer: { policy } })
    const number = expect.any(Number)
    expect(loads).toHaveLength(500)
    expect(loads.at(-1)).toEqual({
      inFlight: number,
      latency: number,
      applicationUtilization: number,
      rps: number,
    })
  })

  it('move the weights of weightedByLoad', async () => {
    const share = async (reports: boolean) => {
      const { groups } = await simulate({
        servers: [
          { name: 'fast', count: 5, service: 10, reports },
          { name: 'slow', count: 5, service: 50, reports },
        ],
        arrivals: { rate: 100 },
        // Weights count after 10 s of reports.
        requests: 5_000,
        balancer: { policy: 'weightedByLoad' },
      })
      return groups[1]?.endShare
    }
    expect(await share(false)).toBeCloseTo(0.5, 2)
    expect(await share(true)).toBeLessThan(0.25)
  })

  it('answer as others do', async () => {
    const [mute, vocal] = await Promise.all([false, true].map((reports) => simulate(SERVERS(reports))))
    expect(vocal).toEqual(mute)
  })
})
