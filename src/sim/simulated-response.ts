import { LOAD_HEADER } from '../transport/format-load-report.js'

/** As much of a `Response` as balancers look at; a real one costs ten times what the rest of a call does. */
export class SimulatedResponse {
  readonly status: number
  readonly ok: boolean
  readonly body = null
  readonly headers: SimulatedHeaders

  constructor(status: number, report: string | null) {
    this.status = status
    this.ok = status < 400
    this.headers = report === null ? NO_HEADERS : new SimulatedHeaders(report)
  }
}

class SimulatedHeaders {
  readonly #report: string | null

  constructor(report: string | null) {
    this.#report = report
  }

  get(name: string): string | null {
    return name.toLowerCase() === LOAD_HEADER ? this.#report : null
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }
}

const NO_HEADERS = new SimulatedHeaders(null)

/** As Node's `fetch` has it. */
export function connectionRefused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
}

/** As Node's `fetch` has it. */
export function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
