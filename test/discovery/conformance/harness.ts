import type { Balancer, BalancerOptions } from 'evenkeel'

/** An endpoint by its number; the harness says what that is in its backend. */
export interface Member {
  readonly n: number
  readonly weight?: number
}

/**
 * A source and what it asks: a server, a file, another source. `publish` also makes it well again; what it does
 * instead of answering lasts until then. Methods for cases that the source is exempt from are left out.
 */
export interface Harness extends AsyncDisposable {
  /** Options of a balancer with a new source that nobody watches yet. */
  options(): Pick<BalancerOptions, 'discovery' | 'endpoints' | 'clock'>
  /** For a list that the balancer itself is told. */
  attach?(balancer: Balancer): void
  /** The id that the balancer knows it by. */
  idOf(n: number): string
  publish(members: readonly Member[]): unknown
  /** There is a list, and nothing in it. */
  empty?(): unknown
  /** The members, and among them something that is no endpoint. */
  publishWithMistake?(members: readonly Member[]): unknown
  /** Refuses, or answers with an error. */
  fail?(): unknown
  /** Takes the question, and never answers. */
  hang?(): unknown
  /** Answers what makes no sense, by name. */
  readonly garbage?: Readonly<Record<string, () => unknown>>
  /** When it was asked, connected to or read, on the clock that the source goes by. */
  contacts(): readonly number[]
  /** What the source holds now: connections, timers, watchers of files. */
  held(): number
  /** Lets a little time pass: a fraction of the interval at which the source looks. */
  step(): Promise<void>
}

/** What is known of a source before it is started. */
export interface Traits {
  /** How many endpoints its list can have, up to 10,000. */
  readonly most?: number
  /** It does not ask more often than this, in ms of its clock, however often it is told to refresh. */
  readonly minInterval?: number
  /** Cases that make no sense for it, and why. */
  readonly without?: Readonly<Partial<Record<CaseName, string>>>
}

export const CASE_NAMES = [
  'lazy',
  'first list',
  'update',
  'no-op',
  'description',
  'one of many',
  'removal',
  'mistake',
  'empty',
  'garbage',
  'outage',
  'outage at start',
  'hang',
  'last good list',
  'back-off',
  'jitter',
  'refresh',
  'close',
  'shared',
] as const

export type CaseName = (typeof CASE_NAMES)[number]
