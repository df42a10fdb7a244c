import { BalancerError } from '../../core/errors.js'

/** What is needed of undici. */
export type Undici = Pick<typeof import('undici'), 'Agent' | 'Pool' | 'buildConnector' | 'errors'>

/** Not before it is needed: who only wants what else is in `evenkeel/node` need not have it. */
export async function loadUndici(): Promise<Undici> {
  try {
    return await import('undici')
  } catch (cause) {
    throw new BalancerError(
      'ERR_INVALID_CONFIG',
      'undiciTransport(), with which createBalancer() of evenkeel/node sends, needs the package undici, which cannot be loaded: `npm install undici`.',
      { cause },
    )
  }
}
