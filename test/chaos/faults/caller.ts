import type { Fault } from '../fault.ts'
import type { Observation } from '../observation.ts'

const HOUR = 3_600_000

/** What happens to the callers' own process. */
export const CALLER_FAULTS: readonly Fault[] = [
  {
    name: 'clock jump',
    what: "The callers' clock jumps an hour ahead and then two back, while a server is down.",
    sees: 'Nothing.',
    async begin({ victims, jump }) {
      await Promise.all(victims.map((victim) => victim.behave({ does: 'refuse' })))
      await jump(HOUR)
    },
    async end({ victims, jump }) {
      await jump(-2 * HOUR)
      await Promise.all(victims.map((victim) => victim.behave({ does: 'serve' })))
    },
    promised: { p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'blocked event loop',
    what: "The callers' event loop is blocked for 5 s, five times the timeout of an attempt.",
    sees: 'Its own 5 s. No server is blamed for them.',
    victims: 'all',
    holdsUpCallers: true,
    posts: 0.2,
    begin: ({ block, quick }) => block(quick ? 1_500 : 5_000),
    end: () => Promise.resolve(),
    promised: { amplification: 1.01, recovered: 2_000, besides: blamesNobody },
  },
]

function blamesNobody({ told, times: { begun } }: Observation): string[] {
  const blamed = told.filter(
    ({ at, event }) =>
      at >= begun && (event === 'ejected' || event === 'circuitopened' || event === 'unhealthy'),
  )
  return blamed.length === 0 ? [] : [`${blamed.length} servers were blamed: ${blamed[0]!.event}`]
}
