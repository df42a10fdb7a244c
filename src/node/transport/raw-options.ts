import type { Dispatcher } from 'undici'

type Given = Dispatcher.DispatchOptions

/** What of a dispatch goes to the connection with each attempt, beside the request. */
export interface RawOptions {
  readonly upgrade: Given['upgrade']
  readonly headersTimeout: Given['headersTimeout']
  readonly bodyTimeout: Given['bodyTimeout']
  readonly reset: Given['reset']
  readonly blocking: Given['blocking']
  readonly expectContinue: Given['expectContinue']
  readonly typeOfService: Given['typeOfService']
  /** Of the body in bytes, as it was announced. */
  readonly length: string | undefined
}
