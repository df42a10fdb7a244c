import { sharedNow } from '../../bench/lib/clock.mjs'
import type { startProgram } from '../../bench/lib/program.mjs'
import type { Fault, Scene } from './fault.ts'
import type { ServerProcess } from './fleet.ts'
import { isCall } from './observation.ts'

/** Gives orders to the process of the callers. */
export type Tell = ReturnType<typeof startProgram>['tell']

/** For how long who gets most calls is looked at, in ms. */
const RECENT = 500

export class LiveScene implements Scene {
  readonly servers: readonly ServerProcess[]
  victims: readonly ServerProcess[] = []
  readonly spares: readonly ServerProcess[]
  readonly registry: ServerProcess | undefined
  readonly lasting: number
  readonly quick: boolean
  /** Those that are in the balancer's list now. */
  listed: readonly ServerProcess[]
  readonly #marks = new Map<string, number>()
  readonly #tell: Tell

  constructor(
    { registry }: Fault,
    all: readonly ServerProcess[],
    { size, spares }: { size: number; spares: number },
    tell: Tell,
    { lasting, quick }: Pick<Scene, 'lasting' | 'quick'>,
  ) {
    this.servers = all.slice(0, size)
    this.spares = all.slice(size, size + spares)
    this.registry = registry ? all[size + spares] : undefined
    this.listed = this.servers
    this.lasting = lasting
    this.quick = quick
    this.#tell = tell
  }

  /** Those that get the most calls now: a policy may pass over others for reasons of its own. */
  chooseVictims({ victims = 1 }: Fault, now: number): readonly ServerProcess[] {
    const recent = ({ arrivals }: ServerProcess) =>
      arrivals.filter((one) => isCall(one) && one.at > now - RECENT).length
    const busiest = this.servers.toSorted((a, b) => recent(b) - recent(a))
    this.victims = victims === 'all' ? this.servers : busiest.slice(0, victims)
    return this.victims
  }

  async setEndpoints(servers: readonly ServerProcess[]): Promise<void> {
    this.listed = servers
    await this.#tell(
      'setEndpoints',
      servers.map(({ url }) => url),
    )
  }

  readonly block = (ms: number): Promise<void> => this.#tell('block', ms)
  readonly jump = (ms: number): Promise<void> => this.#tell('jump', ms)

  mark(name: string): void {
    this.#marks.set(name, sharedNow())
  }

  marked(name: string): number {
    return this.#marks.get(name) ?? Number.NaN
  }
}
