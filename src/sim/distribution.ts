import { invalidConfig } from '../core/errors.js'
import { checkFraction, checkNumber, checkObject } from '../core/validate.js'
import { normalQuantile } from './normal-quantile.js'

/**
 * How long something takes, in ms: a number for "always as long", or one of
 *
 * - `{ exponential: mean }`: much scatter; what queueing theory reckons with
 * - `{ lognormal: { mean, sigma } }`: most are short, some long; `sigma` 1 is usual for web services
 * - `{ bimodal: { fast, slow, slowShare } }`: two kinds of requests, cache hits and misses
 * - `{ pareto: { mean, shape } }`: a heavy tail, the heavier the closer `shape` is to 1
 * - `{ empirical: [...] }`: measured values, each as likely as the others
 */
export type Distribution =
  | number
  | { readonly exponential: number }
  | { readonly lognormal: { readonly mean: number; readonly sigma: number } }
  | { readonly bimodal: { readonly fast: number; readonly slow: number; readonly slowShare: number } }
  | { readonly pareto: { readonly mean: number; readonly shape: number } }
  | { readonly empirical: readonly number[] }

/**
 * A checked distribution. Values are drawn by quantile: the same `u` in [0, 1) is a long request
 * wherever it goes, so that what is compared gets the same work.
 */
export interface Sampler {
  readonly mean: number
  at(u: number): number
}

const KINDS = ['exponential', 'lognormal', 'bimodal', 'pareto', 'empirical']
const MAX = 1e9

/** @throws BalancerError `ERR_INVALID_CONFIG` that names `path` */
export function checkDistribution(given: unknown, path: string, fallback?: number): Sampler {
  if (given === undefined && fallback !== undefined) return constant(fallback)
  if (typeof given === 'number') return constant(checkNumber(given, path, 0, { max: MAX }))
  const object = checkObject(given, path, KINDS)
  const kinds = Object.keys(object)
  if (kinds.length !== 1)
    throw invalidConfig(path, given, `a number of ms, or an object with one of ${KINDS.join(', ')}`)
  const kind = kinds[0] as string
  return CHECKS[kind as keyof typeof CHECKS](object[kind], `${path}.${kind}`)
}

const CHECKS = {
  exponential(given: unknown, path: string): Sampler {
    const mean = positive(given, path)
    return { mean, at: (u) => -mean * Math.log1p(-u) }
  },
  lognormal(given: unknown, path: string): Sampler {
    const options = checkObject(given, path, ['mean', 'sigma'])
    const mean = positive(options['mean'], `${path}.mean`)
    const sigma = checkNumber(required(options['sigma'], `${path}.sigma`), `${path}.sigma`, 1, { max: 5 })
    // The mean of e^N(mu, sigma) is e^(mu + sigma^2 / 2).
    const mu = Math.log(mean) - sigma ** 2 / 2
    return { mean, at: (u) => Math.exp(mu + sigma * normalQuantile(u)) }
  },
  bimodal(given: unknown, path: string): Sampler {
    const options = checkObject(given, path, ['fast', 'slow', 'slowShare'])
    const fast = positive(options['fast'], `${path}.fast`)
    const slow = positive(options['slow'], `${path}.slow`)
    const share = checkFraction(required(options['slowShare'], `${path}.slowShare`), `${path}.slowShare`, 0)
    return { mean: fast * (1 - share) + slow * share, at: (u) => (u < 1 - share ? fast : slow) }
  },
  pareto(given: unknown, path: string): Sampler {
    const options = checkObject(given, path, ['mean', 'shape'])
    const mean = positive(options['mean'], `${path}.mean`)
    const rule = { min: 1, exclusive: true, max: 100 }
    const shape = checkNumber(required(options['shape'], `${path}.shape`), `${path}.shape`, 2, rule)
    // The mean is least x shape / (shape - 1), which there is for a shape above 1 only.
    const least = (mean * (shape - 1)) / shape
    return { mean, at: (u) => least * (1 - u) ** (-1 / shape) }
  },
  empirical(given: unknown, path: string): Sampler {
    if (!Array.isArray(given) || given.length === 0) throw invalidConfig(path, given, 'an array of ms')
    const values = given.map((value, i) => checkNumber(value, `${path}[${i}]`, 0, { max: MAX }))
    values.sort((a, b) => a - b)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { mean, at: (u) => values[Math.floor(u * values.length)]! }
  },
}

function constant(value: number): Sampler {
  return { mean: value, at: () => value }
}

function positive(given: unknown, path: string): number {
  return checkNumber(required(given, path), path, 0, { exclusive: true, max: MAX })
}

function required(given: unknown, path: string): unknown {
  if (given === undefined) throw invalidConfig(path, given, 'a number')
  return given
}
