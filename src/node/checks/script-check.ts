import type { Endpoint } from '../../core/endpoint.js'
import { invalidConfig } from '../../core/errors.js'
import { checkObject, checkText } from '../../core/validate.js'
import {
  type HealthCheckSchedule,
  type NamedHealthCheck,
  SCHEDULE_KEYS,
  scheduleOf,
} from '../../health/health-check.js'
import { runScript } from './script-run.js'

/** Options of {@link scriptCheck}. */
export interface ScriptCheckOptions extends HealthCheckSchedule {
  /** A program: a path, or a name that is looked for in `PATH`. No shell has a part in it. */
  readonly command: string
  /** Its arguments, as they are, or a function that gives them for an endpoint. Default: none. */
  readonly args?: readonly string[] | ((endpoint: Endpoint) => readonly string[])
  /** Variables beside those of this process; one that is `undefined` is taken away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The folder that it runs in. Default: that of this process. */
  readonly cwd?: string
}

const KEYS = ['command', 'args', 'env', 'cwd', ...SCHEDULE_KEYS]

/**
 * Runs a command: exit code 0 is well. It is told of the endpoint by the variables `EVENKEEL_ENDPOINT_ID`, `_URL`, `_HOST`
 * and `_PORT` (empty where the endpoint has none); the end of what it writes to stderr, or else to stdout, is in the
 * message of the error.
 *
 * It leads a process group. When it is late or not wanted any more the group gets SIGTERM, and SIGKILL 250 ms later; when
 * it has ended, or this process ends, what is left of the group is killed. (On Windows there is no group: only the
 * command itself is ended.)
 *
 * ```ts
 * createBalancer({ endpoints, healthCheck: scriptCheck({ command: '/etc/evenkeel/check-replica', timeout: 5_000 }) })
 * ```
 *
 * The model is Keepalived's `vrrp_script`, and HAProxy's `external-check`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function scriptCheck(options: ScriptCheckOptions): NamedHealthCheck {
  checkObject(options, 'scriptCheck', KEYS)
  const command = checkText(options.command, 'scriptCheck.command')
  const args = checkArgs(options.args)
  const env = checkEnv(options.env)
  const cwd = options.cwd === undefined ? undefined : checkText(options.cwd, 'scriptCheck.cwd')
  return {
    name: command,
    ...scheduleOf(options),
    check: (endpoint, { signal }) =>
      runScript(
        { command, args: args(endpoint), env: { ...process.env, ...env, ...variablesOf(endpoint) }, cwd },
        signal,
      ),
  }
}

function variablesOf({ id, url, hostname, port }: Endpoint): NodeJS.ProcessEnv {
  return {
    EVENKEEL_ENDPOINT_ID: id,
    EVENKEEL_ENDPOINT_URL: url,
    EVENKEEL_ENDPOINT_HOST: hostname,
    EVENKEEL_ENDPOINT_PORT: port === 0 ? '' : String(port),
  }
}

function checkArgs(given: ScriptCheckOptions['args']): (endpoint: Endpoint) => readonly string[] {
  if (typeof given === 'function') return given
  const args = given ?? []
  if (Array.isArray(args) && args.every((arg) => typeof arg === 'string')) return () => args
  throw invalidConfig('scriptCheck.args', given, 'an array of strings, or a function (endpoint) => array')
}

function checkEnv(given: ScriptCheckOptions['env'] = {}): NodeJS.ProcessEnv {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidConfig('scriptCheck.env', given, 'an object of names and values')
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) checkString(value, `scriptCheck.env.${name}`)
  return given
}

function checkString(given: unknown, path: string): void {
  if (typeof given !== 'string') throw invalidConfig(path, given, 'a string')
}
