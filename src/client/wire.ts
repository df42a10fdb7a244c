import { Gate, type LiveEndpoint, TRIED } from '../core/endpoint.js'
import { EndpointSet } from '../core/endpoint-set.js'
import { LatencyWindow } from '../core/latency-window.js'
import type { Send } from '../health/check-run.js'
import { HealthChecks } from '../health/health-checks.js'
import type { PriorityLoadOptions } from '../health/priority-load.js'
import { sharesOf } from '../health/subsetting.js'
import { ServiceCircuit } from '../resilience/service-circuit.js'
import { Events } from '../telemetry/events.js'
import { Engine } from './engine.js'
import { Gatekeeper } from './gatekeeper.js'
import { Lookout } from './lookout.js'
import { keepsMaster } from './master-policy.js'
import type { Settings } from './options.js'
import { RedundancyWatch } from './redundancy-watch.js'
import { rescue } from './rescue.js'
import { Selector } from './selector.js'
import { noTotals } from './totals.js'
import { Waiters } from './wait.js'

/** Puts the parts of a balancer together. */
export function wire(settings: Settings): Engine {
  const { name, clock, random, circuitBreaker, outlierDetection, policy, priorities, locality, slowStart } =
    settings
  const events = new Events()
  const flat = policy.spansPriorities === true
  const master = keepsMaster(policy) ? policy : undefined
  const policyOnly = master?.rules.masterOnly === true
  const shares = settings.subsetting && sharesOf(settings.subsetting)
  const endpoints = new EndpointSet(locality?.partsOf, shares, flat)
  const perEndpoint = circuitBreaker?.scope === 'endpoint' ? circuitBreaker : undefined
  const totals = noTotals()
  const latencies = new LatencyWindow()
  const firstChecks = new Waiters()
  const spread = { priorities: flat ? lastPanic(priorities, policyOnly) : priorities, locality, policyOnly }
  const selector = new Selector(endpoints, events, policy, spread, random)
  const send: Send = (endpoint, url, init) => settings.transport.send(endpoint, url, init)
  const attempts = () => totals.attempts
  const onTracked = (endpoint: LiveEndpoint): void => checks?.seeAgain(endpoint)
  const { masters, tracking } =
    master?.keepMasters({
      clock,
      random,
      endpoints,
      selector,
      events,
      firstChecks,
      send,
      attempts,
      onTracked,
    }) ?? NOBODY
  const lookout = new Lookout(endpoints)
  const onDead = (endpoint: LiveEndpoint, now: number): void => {
    rescue(engine, endpoint, now)
    lookout.died(now)
  }
  events.on('ejectionskipped', () => lookout.deserted(clock.now()))
  const onSuspect = (endpoint: LiveEndpoint, now: number): void => {
    checks?.suspect(endpoint, now)
    // Not for a first failure.
    if (endpoint.gates & TRIED) onDead(endpoint, now)
  }
  const gatekeeper: Gatekeeper = new Gatekeeper(
    endpoints,
    events,
    outlierDetection,
    perEndpoint,
    slowStart,
    onSuspect,
    latencies,
    !policyOnly,
  )
  const redundancy = settings.redundancy && new RedundancyWatch(settings.redundancy, endpoints, events)
  const parts = {
    events,
    gatekeeper,
    selector,
    totals,
    latencies,
    firstChecks,
    masters,
    tracking,
    redundancy,
    lookout,
  }
  const onWell = (now: number): void => engine.admission?.serve(now)
  const upkeep = (now: number): void => engine.upkeep(now)
  const checks = makeChecks(settings, parts, onDead, onWell, upkeep)
  const engine: Engine = new Engine({
    ...{ name, clock, random, endpoints, checks, ...parts },
    ...{ concurrency: settings.concurrency, throttle: settings.throttle },
    serviceCircuit:
      circuitBreaker?.scope === 'service' ? new ServiceCircuit(name, circuitBreaker) : undefined,
  })
  return engine
}

/** Who is master, of a policy that keeps none. */
const NOBODY = { masters: undefined, tracking: undefined }

/** A policy that ranks endpoints itself is shown the ejected ones when nobody else is left, or never. */
function lastPanic(priorities: PriorityLoadOptions, never: boolean): PriorityLoadOptions {
  return { ...priorities, panicThreshold: never ? 0 : Math.min(priorities.panicThreshold, Number.MIN_VALUE) }
}

type CheckParts = Pick<
  Engine,
  'events' | 'gatekeeper' | 'selector' | 'totals' | 'firstChecks' | 'tracking' | 'redundancy'
>

/** Active health checks, and what comes of them. */
function makeChecks(
  settings: Settings,
  parts: CheckParts,
  onIll: (endpoint: LiveEndpoint, now: number) => void,
  onWell: (now: number) => void,
  upkeep: (now: number) => void,
): HealthChecks | undefined {
  const { healthCheck, clock, random, transport } = settings
  if (healthCheck === undefined) return undefined
  const { events, gatekeeper, selector, totals, firstChecks, tracking, redundancy } = parts
  return new HealthChecks(healthCheck, {
    clock,
    random,
    send: (endpoint, url, init) => transport.send(endpoint, url, init),
    attempts: () => totals.attempts,
    listener: {
      onChanged({ endpoint, healthy, error }, founding, now) {
        if (!healthy) {
          gatekeeper.shut(endpoint)
          onIll(endpoint, now)
          events.emit('unhealthy', { endpoint, error })
        } else if (endpoint.gates & Gate.UNHEALTHY) {
          // What was learned of it before it was ill does not hold any more.
          selector.forget(endpoint)
          gatekeeper.unshut(endpoint, !founding, now)
          events.emit('healthy', { endpoint })
          tracking?.seeAgain(endpoint)
          onWell(now)
        }
        upkeep(now)
        redundancy?.look(now)
      },
      onRecovered(endpoint, now) {
        // A policy may pass over it still, for a failure that is over.
        selector.forget(endpoint)
        gatekeeper.hasten(endpoint, now)
        upkeep(now)
      },
      onChecked({ endpoint, error, took }) {
        if (events.has('checked'))
          events.emit('checked', { endpoint, passed: error === undefined, took, error })
      },
      onFirst: () => firstChecks.wake(),
    },
  })
}
