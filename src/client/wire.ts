import { EndpointSet } from '../core/endpoint-set.js'
import { sharesOf } from '../health/subsetting.js'
import { ServiceCircuit } from '../resilience/service-circuit.js'
import { Events } from '../telemetry/events.js'
import { Engine } from './engine.js'
import { Gatekeeper } from './gatekeeper.js'
import type { Settings } from './options.js'
import { Selector } from './selector.js'

/** Puts the parts of a balancer together. */
export function wire(settings: Settings): Engine {
  const { name, clock, random, circuitBreaker, outlierDetection, policy, priorities, locality, slowStart } =
    settings
  const events = new Events()
  const endpoints = new EndpointSet(locality?.partsOf, settings.subsetting && sharesOf(settings.subsetting))
  const perEndpoint = circuitBreaker?.scope === 'endpoint' ? circuitBreaker : undefined
  return new Engine({
    name,
    clock,
    random,
    endpoints,
    events,
    selector: new Selector(endpoints, events, policy, { priorities, locality }, random),
    gatekeeper: new Gatekeeper(endpoints, events, outlierDetection, perEndpoint, slowStart),
    serviceCircuit:
      circuitBreaker?.scope === 'service' ? new ServiceCircuit(name, circuitBreaker) : undefined,
  })
}
