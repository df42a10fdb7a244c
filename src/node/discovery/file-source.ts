import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidConfig } from '../../core/errors.js'
import { checkChoice, checkDuration, checkNumber, checkObject } from '../../core/validate.js'
import { LIST_KEYS, type ListOptions, listReader } from '../../discovery/endpoint-list.js'
import { namedSink } from '../../discovery/named.js'
import { parseJson } from '../../discovery/parse-json.js'
import type { DiscoverySource } from '../../discovery/source.js'
import { FileWatch } from './file-watch.js'
import { parseYaml } from './parse-yaml.js'

/** Options of {@link file}. */
export interface FileSourceOptions extends ListOptions {
  /** Where it is; a relative path is taken from the directory in which the process is when this is called. */
  readonly path: string | URL
  /** Default: by the name, YAML if that ends with `.yaml` or `.yml`, else JSON. */
  readonly syntax?: 'json' | 'yaml'
  /** The file is read at least so often, in ms, for file systems that do not tell of changes. Default 10 000. */
  readonly interval?: number
  /** What is longer is not read, in bytes. Default 16 MiB. */
  readonly maxBytes?: number
}

const KEYS = ['path', 'syntax', 'interval', 'maxBytes', ...LIST_KEYS]

/**
 * Finds endpoints in a file, and follows its changes: JSON or YAML of endpoints as `createBalancer` takes them, or of
 * Prometheus' `file_sd`.
 *
 * ```ts
 * createBalancer({ discovery: file({ path: '/etc/users/endpoints.yaml' }) })
 * ```
 *
 * It may be written in place, replaced, or reached through links that are (as in a config map of Kubernetes). While it
 * is missing, empty or half-written, the last good list stays in use, and it is read again soon.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function file(options: FileSourceOptions): DiscoverySource {
  checkObject(options, 'file', KEYS)
  const path = checkPath(options.path)
  const byName = /^\.ya?ml$/i.test(extname(path)) ? 'yaml' : 'json'
  const syntax = checkChoice(options.syntax, 'file.syntax', byName, ['json', 'yaml'])
  const settings = {
    path,
    parse: syntax === 'yaml' ? parseYaml : parseJson,
    read: listReader(options, 'file', true),
    interval: checkDuration(options.interval, 'file.interval', 10_000),
    maxBytes: checkNumber(options.maxBytes, 'file.maxBytes', 2 ** 24, { min: 1, integer: true }),
  }
  const name = `file ${path}`
  return {
    name,
    watch: (sink, context) => new FileWatch(settings, namedSink(name, sink), context),
  }
}

function checkPath(given: unknown): string {
  const isFile = given instanceof URL && given.protocol === 'file:'
  const text = isFile ? fileURLToPath(given) : given
  if (typeof text === 'string' && text !== '' && !text.includes('\0')) return resolve(text)
  throw invalidConfig('file.path', given, 'a path, or a URL of file:')
}
