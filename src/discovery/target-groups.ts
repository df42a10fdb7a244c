import type { EndpointInput } from '../core/endpoint.js'
import { describe } from '../core/errors.js'
import { checkObject, checkText } from '../core/validate.js'
import type { Mistakes } from './mistakes.js'

/** The names of the labels that say something to a balancer; `false`: none does. */
export interface TargetLabels {
  /** Default `'__meta_weight'`. */
  readonly weight?: string | false
  /** Default `'__meta_priority'`. */
  readonly priority?: string | false
  /** Default `'__meta_zone'`. */
  readonly zone?: string | false
  /** Default `'__meta_region'`. */
  readonly region?: string | false
  /** Default `'__scheme__'`, as in Prometheus. */
  readonly scheme?: string | false
}

/** What Prometheus' target groups leave open. */
export interface TargetOptions {
  /** Of targets, which are `host:port`, unless a label says otherwise. Default `'http'`. */
  readonly scheme?: string
  /** Which labels say what. All of them are in the endpoints' `metadata` besides. */
  readonly labels?: TargetLabels
}

export interface TargetSettings {
  readonly scheme: string
  readonly labels: Readonly<Record<keyof TargetLabels, string | undefined>>
}

const LABELS = ['weight', 'priority', 'zone', 'region', 'scheme'] as const
const DEFAULTS: Readonly<Record<keyof TargetLabels, string>> = {
  weight: '__meta_weight',
  priority: '__meta_priority',
  zone: '__meta_zone',
  region: '__meta_region',
  scheme: '__scheme__',
}

/** Each target gets a copy: a thousand labels on a hundred thousand targets would be a hundred million. */
const MOST_LABELS = 256

export function checkTargets({ scheme, labels = {} }: TargetOptions, path: string): TargetSettings {
  checkObject(labels, `${path}.labels`, LABELS)
  const nameOf = (key: keyof TargetLabels): string | undefined => {
    const { [key]: given = DEFAULTS[key] } = labels
    return given === false
      ? undefined
      : checkText(given, `${path}.labels.${key}`, 'the name of a label, or false')
  }
  const names = Object.fromEntries(LABELS.map((key) => [key, nameOf(key)])) as TargetSettings['labels']
  return { scheme: checkText(scheme ?? 'http', `${path}.scheme`), labels: names }
}

/** The endpoints of target groups, `[{ targets: ['10.0.0.1:80'], labels: { __meta_zone: 'a' } }]`. */
export function targetsOf(
  groups: readonly unknown[],
  settings: TargetSettings,
  mistakes: Mistakes,
): EndpointInput[] {
  const endpoints: EndpointInput[] = []
  for (const [index, group] of groups.entries()) {
    try {
      const { targets, labels } = checkGroup(group)
      const described = describedBy(labels, settings)
      for (const target of targets) endpoints.push({ ...described, url: urlOf(target, labels, settings) })
    } catch (error) {
      mistakes.add(new Error(`group ${index}: ${(error as Error).message}`))
    }
  }
  return endpoints
}

type Labels = ReadonlyMap<string, string>

function checkGroup(group: unknown): { targets: readonly string[]; labels: Labels } {
  const { targets, labels = {} } = Object(group) as { targets?: unknown; labels?: unknown }
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string'))
    throw new TypeError('`targets` is no list of texts')
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels))
    throw new TypeError(`\`labels\` is ${describe(labels)}`)
  const entries = Object.entries(labels)
  if (entries.length > MOST_LABELS)
    throw new RangeError(`it has ${entries.length} labels; at most ${MOST_LABELS} are taken`)
  const wrong = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))
  if (wrong !== undefined) throw new TypeError(`the label ${describe(wrong[0])} is no text`)
  // In YAML, `weight: 3` is a number.
  return { targets, labels: new Map(entries.map(([name, value]) => [name, String(value)])) }
}

function describedBy(labels: Labels, { labels: names }: TargetSettings) {
  // As in Prometheus, a label without a value is as good as none.
  const textOf = (name: string | undefined) =>
    (name === undefined ? undefined : labels.get(name)) || undefined
  const numberOf = (name: string | undefined) => {
    const value = textOf(name)
    return value === undefined ? undefined : Number(value)
  }
  return {
    weight: numberOf(names.weight),
    priority: numberOf(names.priority),
    zone: textOf(names.zone),
    region: textOf(names.region),
    metadata: Object.fromEntries(labels),
  }
}

function urlOf(target: string, labels: Labels, { scheme, labels: names }: TargetSettings): string {
  if (target.includes('://')) return target
  return `${(names.scheme !== undefined && labels.get(names.scheme)) || scheme}://${target}`
}
