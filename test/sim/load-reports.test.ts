import { simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'
import { Agenda } from '../../src/sim/agenda.js'
import { checkServers } from '../../src/sim/check-servers.js'
import { Job } from '../../src/sim/job.js'
import { Server } from '../../src/sim/server.js'

/** The headers of responses to requests that all come at once. */
function reports(count: number): (string | null)[] {
  const agenda = new Agenda()
  const [group] = checkServers({ service: 10, slots: 2, reports: true })
  const server = new Server(0, group!, agenda, () => 0.5)
  const seen: (string | null)[] = []
  for (let i = 0; i < count; i++)
    server.send(
      new Job(
        server,
        0.5,
        0,
        ({ headers }) => seen.push(headers.get('Endpoint-Load-Metrics')),
        () => {},
      ),
    )
  for (let event = agenda.next(); event !== undefined; event = agenda.next()) event.happen()
  return seen
}

describe('servers that report their load', () => {
  it('say how busy they are when they answer, in the text form of ORCA', () => {
    expect(reports(3)).toEqual([
      // The first has left, the third has taken its slot.
      'TEXT cpu_utilization=1, named_metrics.in_flight=2, named_metrics.latency=10',
      'TEXT cpu_utilization=0.5, named_metrics.in_flight=1, named_metrics.latency=10',
      // One that took 20 ms, of which a tenth goes into the average.
      'TEXT cpu_utilization=0, named_metrics.in_flight=0, named_metrics.latency=11',
    ])
  })

  it('answer as others do', async () => {
    const [mute, vocal] = await Promise.all(
      [false, true].map((reports) =>
        simulate({ servers: { count: 3, service: { exponential: 20 }, reports }, requests: 500 }),
      ),
    )
    expect(vocal).toEqual(mute)
  })
})
