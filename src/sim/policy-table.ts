import { invalidConfig } from '../core/errors.js'
import { checkObject } from '../core/validate.js'
import { leastLatency } from '../policies/least-latency.js'
import { leastRequest } from '../policies/least-request.js'
import { leastTime } from '../policies/least-time.js'
import { maglev } from '../policies/maglev.js'
import { peakEwma } from '../policies/peak-ewma.js'
import { pickFirst } from '../policies/pick-first.js'
import type { Policy } from '../policies/policy.js'
import { prequal } from '../policies/prequal.js'
import { random } from '../policies/random.js'
import { rendezvous } from '../policies/rendezvous.js'
import { ringHash } from '../policies/ring-hash.js'
import { roundRobin } from '../policies/round-robin.js'
import { weightedByLoad } from '../policies/weighted-by-load.js'
import type { PolicyConfig } from './scenario.js'

/** A policy that takes no options. */
function plain(make: () => Policy): (options: object, path: string) => Policy {
  return (options, path) => {
    checkObject(options, path, ['name'])
    return make()
  }
}

/** The policies that scenarios and the command know by name. */
const POLICIES: Readonly<Record<string, (options: object, path: string) => Policy>> = {
  random: plain(random),
  roundRobin: plain(roundRobin),
  pickFirst,
  leastRequest,
  leastLatency,
  leastTime,
  peakEwma,
  prequal,
  weightedByLoad,
  ringHash,
  maglev,
  rendezvous,
}

/** Their names. */
export const policyNames: readonly string[] = Object.keys(POLICIES)

/** Those that are for balance, and so are worth comparing. The others put something else first: a key, or the list. */
export const balancingPolicies: readonly string[] = policyNames.filter(
  (name) => !['pickFirst', 'ringHash', 'maglev', 'rendezvous'].includes(name),
)

/** @throws BalancerError `ERR_INVALID_CONFIG` for a name that there is not, or options that do not fit */
export function policyOf(given: string | PolicyConfig | Policy | undefined, path: string): Policy {
  if (given === undefined) return leastLatency()
  if (isPolicy(given)) return given
  const { name, ...options } = typeof given === 'string' ? { name: given } : given
  const known = policyNames.find((each) => sameName(each, name))
  if (known === undefined) throw invalidConfig(path, name, `${policyNames.join(', ')} or oracle`)
  return POLICIES[known]!(options, path)
}

/** Also `least-latency`, as policies call themselves. */
export function sameName(one: string, other: unknown): boolean {
  const bare = (name: string) => name.replaceAll('-', '').toLowerCase()
  return typeof other === 'string' && bare(one) === bare(other)
}

function isPolicy(given: object | string): given is Policy {
  return typeof given === 'object' && typeof (given as Policy).pick === 'function'
}
