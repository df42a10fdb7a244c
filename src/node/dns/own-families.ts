import { networkInterfaces } from 'node:os'
import type { Family } from './look-ups.js'

const BOTH: readonly Family[] = [4, 6]

/**
 * The families that this machine has an address of, as `AI_ADDRCONFIG` of getaddrinfo(3): in a network without IPv6
 * half of all endpoints would be dead. Loopback and link-local ones of IPv6 do not count, unless there are no others; those of
 * IPv4 (169.254.0.0/16) do, as some sandboxes have nothing else.
 */
export function ownFamilies(): readonly Family[] {
  const own = interfaces().filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
  const families = BOTH.filter((family) => own.some((address) => address.family === `IPv${family}`))
  return families.length === 0 ? BOTH : families
}

function interfaces() {
  try {
    return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  } catch {
    // Some sandboxes do not tell.
    return []
  }
}
