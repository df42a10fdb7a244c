import { addressText, checkAddress } from './address.js'
import { BACKUP, type EndpointInput, type EndpointOptions, type EndpointSpec } from './endpoint.js'
import { invalidConfig } from './errors.js'
import { checkBoolean, checkNumber, checkObject, checkPort, checkText } from './validate.js'

const KEYS = ['id', 'url', 'address', 'port', 'weight', 'priority', 'backup', 'zone', 'region', 'metadata']
const WELL_KNOWN_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
])
const HELP = "an absolute URL such as 'http://10.0.0.1:8080' or 'http://10.0.0.1:8080/base'"

/** What is known already under an id, so that its URL need not be read again. Its port is that of the URL, if it has no address. */
export type Known = (id: string) => EndpointSpec | undefined

type Place = Pick<EndpointSpec, 'url' | 'scheme' | 'hostname' | 'port' | 'origin' | 'basePath'>

/**
 * Checks one endpoint and brings it into canonical form.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function parseEndpoint(input: EndpointInput, path: string, known?: Known): EndpointSpec {
  const given: EndpointOptions = typeof input === 'string' || input instanceof URL ? { url: input } : input
  if (given === input) checkObject(given, path, KEYS)
  const id = textOf(given.id, `${path}.id`)
  const dialled = given.address !== undefined || given.port !== undefined
  const place =
    (dialled ? undefined : placeOf(given.url, id, known)) ??
    parsePlace(given.url, given === input ? `${path}.url` : path)
  const port = checkPort(given.port, `${path}.port`) ?? place.port
  const address = dialled
    ? checkAddress(given.address === undefined ? place.hostname : given.address, `${path}.address`)
    : undefined
  return {
    id: id ?? (address === undefined ? place.url : `${place.url}@${addressText(address, port)}`),
    url: place.url,
    scheme: place.scheme,
    hostname: place.hostname,
    port,
    address,
    origin: place.origin,
    basePath: place.basePath,
    weight: checkNumber(given.weight, `${path}.weight`, 1),
    priority: priorityOf(given, path),
    zone: textOf(given.zone, `${path}.zone`),
    region: textOf(given.region, `${path}.region`),
    metadata: checkMetadata(given.metadata, `${path}.metadata`),
  }
}

/** Of a list of ten thousand nearly all is as it was: reading a URL costs ten times what finding it again does. */
function placeOf(url: unknown, id: string | undefined, known: Known | undefined): Place | undefined {
  if (known === undefined || typeof url !== 'string') return undefined
  const same = known(id ?? url)
  return same?.url === url && same.address === undefined ? same : undefined
}

function parsePlace(given: unknown, path: string): Place {
  const { protocol, host, hostname, port, pathname } = parseUrl(given, path)
  const basePath = pathname === '/' ? '' : pathname.replace(/\/+$/, '')
  const origin = `${protocol}//${host}`
  const scheme = protocol.slice(0, -1)
  const canonical = origin + basePath
  // The text itself, if it is canonical: its hash is known, and one text less is kept for each.
  const url = given === canonical ? given : canonical
  return {
    url,
    scheme,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? (WELL_KNOWN_PORTS.get(scheme) ?? 0) : Number(port),
    origin: basePath === '' ? url : origin,
    basePath,
  }
}

function parseUrl(given: unknown, path: string): URL {
  if (typeof given !== 'string' && !(given instanceof URL)) throw invalidConfig(path, given, HELP)
  const text = String(given)
  // 'localhost:8080' parses, as scheme 'localhost:' with path '8080'; nobody means that.
  const url = text.includes('://') ? read(text) : undefined
  if (url === undefined) {
    // What stands before an @ may be a password.
    if (text.includes('@')) throw invalidConfig(path, 'a text with an @', `${HELP}, without credentials`)
    const guess = `http://${text}`
    throw invalidConfig(
      path,
      given,
      URL.canParse(guess) ? `${HELP}; did you mean ${JSON.stringify(guess)}?` : HELP,
    )
  }
  // The given text may hold a password: name the part, do not repeat it.
  if (url.username !== '' || url.password !== '') {
    throw invalidConfig(
      path,
      `a URL of ${url.host} with credentials`,
      `${HELP}, without credentials: send them in a header`,
    )
  }
  if (url.search !== '' || url.hash !== '')
    throw invalidConfig(path, given, `${HELP}, without a query or fragment`)
  if (url.host === '' && url.pathname === '') throw invalidConfig(path, given, HELP)
  return url
}

/** Not by `URL.canParse` first: that would read all of a long list twice. */
function read(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function priorityOf({ priority, backup }: EndpointOptions, path: string): number {
  if (checkBoolean(backup, `${path}.backup`) !== true)
    return checkNumber(priority, `${path}.priority`, 0, { integer: true, max: BACKUP - 1 })
  if (priority === undefined) return BACKUP
  throw invalidConfig(
    `${path}.priority`,
    priority,
    'nothing beside `backup: true`, which comes after all priorities',
  )
}

function textOf(given: unknown, path: string): string | undefined {
  return given === undefined ? undefined : checkText(given, path)
}

function checkMetadata(given: unknown, path: string): Readonly<Record<string, unknown>> {
  if (given === undefined) return EMPTY
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidConfig(path, given, 'an object')
  return Object.freeze({ ...given })
}

const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({})
