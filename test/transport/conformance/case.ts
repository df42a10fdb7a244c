import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { RawServer, Script } from './raw-server.ts'

/** `fetch`, but a path is enough. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What a case is played with, anew for each column. */
export interface World {
  readonly fetch: Fetch
  /** Of the server, for what needs a whole URL. */
  readonly url: string
  readonly server: RawServer
  /** Of the server of another origin, where the case has one. */
  readonly otherUrl: string
}

/** Something that a caller does, and a server that it is done to. */
export interface Case {
  readonly name: string
  /** What the server does with each request. Default: `200` and a short text. */
  readonly server?: Script
  /** What it does as soon as somebody connects. */
  readonly onConnection?: (socket: Socket) => void
  readonly tls?: TlsOptions
  /** What a server of another origin does. Default: there is none. */
  readonly other?: Script
  /** Where calls go, if not to the server. */
  readonly to?: (server: RawServer) => string
  /**
   * What the caller does. Its response is read as text, and described; so is an error, and any other value is
   * kept as it is. What the servers saw is noted in any case.
   */
  call(world: World): Promise<unknown>
  /** For how long, in ms, it may take before it is said to hang. Default 8000; shorter where `fetch` does hang. */
  readonly patience?: number
  /** What is looked at afterwards. */
  after?(world: World): Promise<unknown>
}

/** A case by its name and what the caller does. */
export function when(name: string, call: Case['call'], more: Omit<Case, 'name' | 'call'> = {}): Case {
  return { name, call, ...more }
}

/** Cases of one subject. */
export function group(subject: string, cases: readonly Case[]): readonly Case[] {
  return cases.map((one) => ({ ...one, name: `${subject}: ${one.name}` }))
}
