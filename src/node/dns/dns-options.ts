import { promises } from 'node:dns'
import { invalidConfig } from '../../core/errors.js'
import { checkDuration, checkObject } from '../../core/validate.js'
import type { PollTimes } from '../../discovery/poll.js'
import type { Family, LookUpOptions } from './look-ups.js'
import { ownFamilies } from './own-families.js'

/** Options of `dns` and `dnsSrv`. Times in ms. */
export interface DnsOptions {
  /**
   * The name servers, by IP address, with a port if it is not 53: `['10.0.0.53', '[2001:db8::53]:5353']`. They are asked for
   * the name as it is; the hosts file and the search list belong to the system's own servers. Default: those.
   */
  readonly servers?: readonly string[]
  /** 4 for A records only, 6 for AAAA records only, 0 for both. Default: what this machine has addresses of itself. */
  readonly family?: 0 | 4 | 6
  /** Records are looked up again when their TTL ends, but never more often than this. Default 1000: the shortest TTL there is but 0. */
  readonly minInterval?: number
  /** … and at least as often as this, whatever their TTL. Also the longest pause after failures. Default 30 000. */
  readonly maxInterval?: number
  /** How long a server has for its answer at the first try; for two more it gets longer each. Default 1000. */
  readonly timeout?: number
}

export const DNS_KEYS = ['servers', 'family', 'minInterval', 'maxInterval', 'timeout']

/** Checked and completed. */
export interface DnsSettings extends LookUpOptions, PollTimes {
  /** Which families are looked up: asked each time, since networks come and go. */
  readonly families: () => readonly Family[]
}

const FAMILIES: Readonly<Record<number, readonly Family[]>> = { 0: [4, 6], 4: [4], 6: [6] }

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkDnsOptions(given: DnsOptions, path: string, keys: readonly string[]): DnsSettings {
  checkObject(given, path, keys)
  const minInterval = checkDuration(given.minInterval, `${path}.minInterval`, 1_000)
  const maxInterval = checkDuration(given.maxInterval, `${path}.maxInterval`, Math.max(30_000, minInterval))
  if (maxInterval < minInterval)
    throw invalidConfig(
      `${path}.maxInterval`,
      maxInterval,
      `at least \`minInterval\`, which is ${minInterval}`,
    )
  return {
    servers: checkServers(given.servers, `${path}.servers`),
    families: checkFamily(given.family, `${path}.family`),
    minInterval,
    maxInterval,
    timeout: checkDuration(given.timeout, `${path}.timeout`, 1_000),
  }
}

function checkServers(given: unknown, path: string): readonly string[] | undefined {
  if (given === undefined) return undefined
  try {
    if (Array.isArray(given) && given.length > 0) {
      // Opens nothing; nobody knows better what it takes.
      new promises.Resolver().setServers(given)
      return [...given]
    }
  } catch {
    // What is wrong is said below.
  }
  throw invalidConfig(path, given, "IP addresses of name servers, ['10.0.0.53', '[2001:db8::53]:5353']")
}

function checkFamily(given: unknown, path: string): () => readonly Family[] {
  if (given === undefined) return ownFamilies
  const families = typeof given === 'number' ? FAMILIES[given] : undefined
  if (families === undefined) throw invalidConfig(path, given, '4, 6, or 0 for both')
  return () => families
}
