import { checkNumber, checkObject } from '../core/validate.js'
import type { Policy } from '../policies/policy.js'
import { Agenda } from './agenda.js'
import { durationOf } from './arrivals.js'
import { checkScenario, type Plan } from './check-scenario.js'
import { type Client, createClient } from './client.js'
import { drive } from './drive.js'
import { enactChanges } from './enact-changes.js'
import { Fleet } from './fleet.js'
import { callAt } from './happening.js'
import { Oracle } from './oracle.js'
import { policyOf, sameName } from './policy-table.js'
import { Recorder } from './recorder.js'
import { RequestStream } from './request-stream.js'
import type { SimulationResult } from './result.js'
import type { BalancerConfig, PolicyConfig, Scenario } from './scenario.js'
import { SimulatedClock } from './simulated-clock.js'
import { stream } from './streams.js'
import { summarize } from './summarize.js'

/** How far a simulation has come. */
export interface Progress {
  /** Calls that have ended, of how many. */
  readonly done: number
  readonly total: number
  /** What is being simulated, when several variants are compared. */
  readonly variant: string
}

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** Decides all that is left to chance: the same seed gives the same result. Default 1. */
  readonly seed?: number
  /** Told about a hundred times in the course of a run. */
  readonly onProgress?: (progress: Progress) => void
}

/**
 * Runs a scenario in virtual time: real balancers with their policies, health, breakers, retries and
 * timeouts, against servers that are modelled. Nothing is sent, and no time passes but what the
 * reckoning takes: a million requests take about ten seconds.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` that names the path of what is wrong with the scenario
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<SimulationResult> {
  checkObject(options, '', ['seed', 'onProgress'])
  const plan = checkScenario(scenario)
  return run(plan, plan.balancer, checkSeed(options.seed), options.onProgress)
}

export function checkSeed(given: number | undefined): number {
  return checkNumber(given, 'seed', 1, { max: 2 ** 31 - 1, integer: true })
}

/** One run of a checked scenario, by balancers of the given options. */
export async function run(
  plan: Plan,
  balancer: BalancerConfig,
  seed: number,
  onProgress: SimulateOptions['onProgress'],
  variant?: string,
): Promise<SimulationResult> {
  const duration = durationOf(plan.arrivals, plan.requests)
  const agenda = new Agenda()
  const clock = new SimulatedClock(agenda)
  const fleet = new Fleet(plan, agenda, clock, seed)
  const recorder = new Recorder(plan.groups, plan.requests, duration)
  const { policy: given, ...config } = balancer
  const policy = isOracle(given) ? new Oracle(plan, fleet.byId) : policyOf(given, 'balancer.policy')
  const name = variant ?? policy.name
  const surroundings = {
    agenda,
    clock,
    network: {
      plan: plan.network,
      travel: stream(seed, 'network'),
      sizes: stream(seed, 'sizes of repeated attempts'),
      servers: fleet.byId,
      onAttempt: (server: Fleet['servers'][number]) => recorder.attempt(server, agenda.now),
    },
    recorder,
    config,
    policy,
    seed,
  }
  const endpoints = fleet.endpoints()
  const clients = plan.clients.map((client, i) => createClient(client, i, endpoints, surroundings))
  const delay = stream(seed, 'discovery')
  const announce = () => announceTo(clients, fleet, agenda, () => delay() * plan.discoveryDelay)
  enactChanges(plan, { agenda, fleet, duration, seed, announce })
  const onEnd = progressOf(recorder, plan.requests, name, onProgress)
  new RequestStream(plan, agenda, clients, recorder, { duration, seed, onEnd })
  await drive(agenda, () => recorder.answered + recorder.failed === plan.requests)
  for (const server of fleet.servers) server.count()
  // Nothing of them is left but calls that wait for ever, for which this does not.
  for (const client of clients) void client.balancer.close()
  return summarize({
    plan,
    fleet,
    recorder,
    variant: name,
    policy: policy.name,
    seed,
    duration,
    end: agenda.now,
  })
}

function isOracle(given: string | PolicyConfig | Policy | undefined): boolean {
  return sameName('oracle', typeof given === 'object' && !('pick' in given) ? given.name : given)
}

/** Each client hears of a new list in its own time, and then has the newest one. */
function announceTo(clients: readonly Client[], fleet: Fleet, agenda: Agenda, delay: () => number): void {
  for (const { balancer } of clients)
    callAt(agenda, agenda.now + delay(), () => {
      balancer.setEndpoints(fleet.endpoints())
      agenda.stirred = true
    })
}

function progressOf(
  recorder: Recorder,
  total: number,
  variant: string,
  onProgress: SimulateOptions['onProgress'],
): () => void {
  if (onProgress === undefined) return () => {}
  const step = Math.max(1, Math.floor(total / 100))
  return () => {
    const done = recorder.answered + recorder.failed
    if (done % step === 0 || done === total) onProgress({ done, total, variant })
  }
}
