import type { Balancer } from 'evenkeel'
import { Chronicle, type Entry } from './chronicle.ts'
import { drive, type Lane, lane, RATE } from './driver.ts'
import type { Fleet } from './fleet.ts'
import { Monitor } from './monitor.ts'
import type { Summary } from './statistics.ts'
import { MOMENTS } from './story.ts'
import type { View } from './views.ts'
import { balancedWay, plainWay, TIMEOUT } from './ways.ts'
import { type RestartedFact, type SlowedFact, Witness } from './witness.ts'

/** One way in numbers. */
export interface WayResult extends Summary {
  readonly attempts: number
  readonly retries: number
}

/** What came out; also what `--json` prints. Latencies in ms, other times in s. */
export interface Result {
  readonly seconds: number
  readonly callsPerSecond: number
  /** Milliseconds after which a call is given up. */
  readonly timeout: number
  readonly servers: readonly {
    readonly name: string
    readonly url: string
    readonly weight: number
    readonly latency: number
    readonly balancedAttempts: number
    readonly plainCalls: number
  }[]
  readonly balanced: WayResult
  readonly plain: WayResult
  readonly slowed: SlowedFact | undefined
  readonly restarted: RestartedFact | undefined
  readonly events: readonly Entry[]
  /** By how many ms the latest call was sent late because this machine was busy. */
  readonly worstLag: number
}

/** Drives the fleet in both ways while the story happens to it. */
export async function perform(
  fleet: Fleet,
  view: View,
  seconds: number,
  interrupted: AbortSignal,
): Promise<Result> {
  const { way, balancer } = balancedWay(fleet.servers)
  const balanced = lane(way)
  const plain = lane(plainWay(fleet.servers))
  const start = performance.now()
  const chronicle = new Chronicle(start, (entry) => view.tell(entry))
  chronicle.follow(balancer)
  const witness = new Witness(balancer, plain.log)
  const monitor = new Monitor({
    fleet,
    balancer,
    balanced,
    plain,
    entries: chronicle.entries,
    start,
    seconds,
  })

  const failure = new AbortController()
  const signal = AbortSignal.any([interrupted, failure.signal])
  fleet.onCrash((error) => failure.abort(error))
  const timers = MOMENTS.map((moment) => {
    const happen = async () => {
      const server = fleet.server(moment.server)
      const done = moment.happen(server)
      chronicle.add('fleet', moment.text)
      await done
      witness.saw(moment, performance.now() - start)
    }
    return setTimeout(() => happen().catch((error) => failure.abort(error)), moment.at * seconds * 1000)
  })
  const look = () => view.show(monitor.look())
  if (view.period < Number.POSITIVE_INFINITY) timers.push(setInterval(look, view.period))
  try {
    look()
    const worstLag = await drive([balanced, plain], start, seconds, signal)
    look()
    const { attempts, retries, hedges } = balancer.snapshot().counts
    return {
      seconds,
      callsPerSecond: RATE,
      timeout: TIMEOUT,
      servers: sharesOf(fleet, balancer, plain),
      balanced: { ...balanced.log.summary(), attempts, retries: retries + hedges },
      plain: { ...plain.log.summary(), attempts: plain.log.records.length, retries: 0 },
      slowed: witness.slowed,
      restarted: witness.restarted,
      events: chronicle.entries,
      worstLag,
    }
  } finally {
    for (const timer of timers) clearTimeout(timer)
    await balancer.close()
  }
}

function sharesOf(fleet: Fleet, balancer: Balancer, plain: Lane): Result['servers'] {
  const { endpoints } = balancer.snapshot()
  return fleet.servers.map(({ spec: { name, weight, latency }, url }) => ({
    name,
    url,
    weight,
    latency,
    balancedAttempts: endpoints.find(({ id }) => id === name)?.calls ?? 0,
    plainCalls: plain.log.records.filter(({ server }) => server === name).length,
  }))
}
