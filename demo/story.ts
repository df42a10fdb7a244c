import type { Fleet, ServerProcess, ServerSpec } from './fleet.ts'

export const SERVERS: readonly ServerSpec[] = [
  { name: 'alpha', latency: 15, weight: 3 },
  { name: 'beta', latency: 20, weight: 1 },
  { name: 'gamma', latency: 25, weight: 1 },
  { name: 'delta', latency: 40, weight: 1 },
  { name: 'epsilon', latency: 20, weight: 2 },
  { name: 'zeta', latency: 60, weight: 1 },
]

/** The servers that something happens to. */
export const SLOWED = 'beta'
export const KILLED = 'epsilon'
const FLAKY = 'gamma'

/** Milliseconds that the slow one takes from its moment on. */
const SLOW = 700

/** Something that happens to a server. */
export interface Moment {
  /** When, as a share of the whole time. */
  readonly at: number
  readonly what: 'slowed' | 'failing' | 'recovered' | 'killed' | 'restarted'
  readonly server: string
  readonly text: string
  happen(server: ServerProcess): void | Promise<void>
}

/** What happens, in order. */
export const MOMENTS: readonly Moment[] = [
  {
    at: 0.2,
    what: 'slowed',
    server: SLOWED,
    text: `${SLOWED} turns slow: ${SLOW} ms from now on`,
    happen: (server) => server.behave({ latency: SLOW }),
  },
  ...burst(0.32, 0.38),
  {
    at: 0.45,
    what: 'killed',
    server: KILLED,
    text: `${KILLED} is killed`,
    happen: (server) => server.kill(),
  },
  {
    at: 0.6,
    what: 'restarted',
    server: KILLED,
    text: `${KILLED} is started again on the same port`,
    happen: (server) => server.start(),
  },
  ...burst(0.76, 0.82),
]

function burst(from: number, to: number): Moment[] {
  return [
    {
      at: from,
      what: 'failing',
      server: FLAKY,
      text: `${FLAKY} begins to answer 503`,
      happen: (server) => server.behave({ failing: true }),
    },
    {
      at: to,
      what: 'recovered',
      server: FLAKY,
      text: `${FLAKY} works again`,
      happen: (server) => server.behave({ failing: false }),
    },
  ]
}

/** What is wrong with the fleet at this moment, in words. */
export function troubles(fleet: Fleet): string[] {
  return fleet.servers.flatMap(({ spec, up, behaviour }) => {
    if (!up) return [`${spec.name} is down`]
    if (behaviour.failing) return [`${spec.name} answers 503`]
    if (behaviour.latency > spec.latency) return [`${spec.name} takes ${behaviour.latency} ms`]
    return []
  })
}
