import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import { EndpointSet } from '../core/endpoint-set.js'
import { HealthChecks } from '../health/health-checks.js'
import { sharesOf } from '../health/subsetting.js'
import { ServiceCircuit } from '../resilience/service-circuit.js'
import { Events } from '../telemetry/events.js'
import { Engine } from './engine.js'
import { Gatekeeper } from './gatekeeper.js'
import type { Settings } from './options.js'
import { Selector } from './selector.js'
import { noTotals } from './totals.js'
import { Waiters } from './wait.js'

/** Puts the parts of a balancer together. */
export function wire(settings: Settings): Engine {
  const { name, clock, random, circuitBreaker, outlierDetection, policy, priorities, locality, slowStart } =
    settings
  const events = new Events()
  const endpoints = new EndpointSet(locality?.partsOf, settings.subsetting && sharesOf(settings.subsetting))
  const perEndpoint = circuitBreaker?.scope === 'endpoint' ? circuitBreaker : undefined
  const totals = noTotals()
  const firstChecks = new Waiters()
  const selector = new Selector(endpoints, events, policy, { priorities, locality }, random)
  const gatekeeper: Gatekeeper = new Gatekeeper(
    endpoints,
    events,
    outlierDetection,
    perEndpoint,
    slowStart,
    (endpoint: LiveEndpoint, now: number): void => checks?.suspect(endpoint, now),
  )
  const checks = makeChecks(settings, { events, gatekeeper, selector, totals, firstChecks })
  return new Engine({
    ...{ name, clock, random, endpoints, events, selector, gatekeeper, totals, checks, firstChecks },
    serviceCircuit:
      circuitBreaker?.scope === 'service' ? new ServiceCircuit(name, circuitBreaker) : undefined,
  })
}

type CheckParts = Pick<Engine, 'events' | 'gatekeeper' | 'selector' | 'totals' | 'firstChecks'>

/** Active health checks, and what comes of them. */
function makeChecks(settings: Settings, parts: CheckParts): HealthChecks | undefined {
  const { healthCheck, clock, random, transport } = settings
  if (healthCheck === undefined) return undefined
  const { events, gatekeeper, selector, totals, firstChecks } = parts
  return new HealthChecks(healthCheck, {
    clock,
    random,
    send: (endpoint, url, init) => transport.send(endpoint, url, init),
    attempts: () => totals.attempts,
    listener: {
      onChanged({ endpoint, healthy, error }, founding, now) {
        if (!healthy) {
          gatekeeper.shut(endpoint)
          events.emit('unhealthy', { endpoint, error })
        } else if (endpoint.gates & Gate.UNHEALTHY) {
          // What was learned of it before it was ill does not hold any more.
          selector.forget(endpoint)
          gatekeeper.unshut(endpoint, !founding, now)
          events.emit('healthy', { endpoint })
        }
      },
      onRecovered(endpoint, now) {
        // A policy may pass over it still, for a failure that is over.
        selector.forget(endpoint)
        gatekeeper.hasten(endpoint, now)
      },
      onChecked({ endpoint, error, took }) {
        if (events.has('checked'))
          events.emit('checked', { endpoint, passed: error === undefined, took, error })
      },
      onFirst: () => firstChecks.wake(),
    },
  })
}
