import { setTimeout as sleep } from 'node:timers/promises'
import { type VirtualClock, virtualClock } from 'evenkeel/testing'
import type { Harness, Member } from './harness.ts'

/** Where member `n` is. */
export const urlOf = (n: number) => `http://10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:80`
/** What its id becomes. */
export const idOf = (n: number) => urlOf(n).replace(/:80$/, '')

export const GARBAGE = {
  'a page': '<!doctype html><title>Welcome to nginx!</title>',
  'half a list': '[{"url":"http://10.0.0.1"},{"url":"htt',
  'a number': '7',
  null: 'null',
  'another object': '{"error":"no leader"}',
  'a list of nonsense': '["nonsense",null,[],{"__proto__":{"url":"http://10.0.0.9"}}]',
} as const

/** What a registry does with those who ask it. */
export type Mood = 'answer' | 'fail' | 'hang'

/** The text that it has, its mood, and who asked. */
export class Registry {
  text = ''
  mood: Mood = 'answer'
  readonly contacts: number[] = []
  /** Who is told when something changes. */
  onChange = () => {}

  constructor(readonly write: (members: readonly Member[]) => string = endpointsText) {
    this.publish([{ n: 1 }, { n: 2 }, { n: 3 }])
  }

  say(text: string): void {
    this.text = text
    this.mood = 'answer'
    this.onChange()
  }

  publish(members: readonly Member[]): void {
    this.say(this.write(members))
  }

  become(mood: Mood): void {
    this.mood = mood
    this.onChange()
  }

  /** The parts of a harness that are the same however it is asked. */
  get harness() {
    return {
      idOf,
      publish: (members: readonly Member[]) => this.publish(members),
      empty: () => this.publish([]),
      publishWithMistake: (members: readonly Member[]) =>
        this.say(this.write(members).replace('[', '["nonsense://",')),
      fail: () => this.become('fail'),
      hang: () => this.become('hang'),
      garbage: Object.fromEntries(
        Object.entries(GARBAGE).map(([name, text]) => [name, () => this.say(text)]),
      ),
      contacts: () => this.contacts,
    } satisfies Partial<Harness>
  }
}

export function endpointsText(members: readonly Member[]): string {
  return JSON.stringify(members.map(({ n, weight }) => ({ url: urlOf(n), weight })))
}

/** As Prometheus' `http_sd` has it: one group for each weight. */
export function groupsText(members: readonly Member[]): string {
  const weights = new Set(members.map(({ weight }) => weight))
  return JSON.stringify(
    [...weights].map((weight) => ({
      targets: members
        .filter((member) => member.weight === weight)
        .map(({ n }) => new URL(urlOf(n)).hostname),
      labels: { __meta_datacenter: 'a', ...(weight !== undefined && { __meta_weight: `${weight}` }) },
    })),
  )
}

/** A registry in virtual time, and the `fetch` that asks it. */
export class FakeRegistry extends Registry {
  readonly clock: VirtualClock = virtualClock()
  /** Questions that have no answer yet. */
  open = 0

  readonly fetch = async (_url: string, { signal, headers }: RequestInit): Promise<Response> => {
    this.contacts.push(this.clock.now())
    this.open++
    try {
      if (this.mood === 'hang') await new Promise((_, reject) => signal?.addEventListener('abort', reject))
      if (this.mood === 'fail') throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
      const etag = `"${this.text.length}-${this.text.slice(0, 99)}-${this.text.slice(-99)}"`.replaceAll(
        /[^ -~]/g,
        '',
      )
      if (new Headers(headers).get('if-none-match') === etag) return new Response(null, { status: 304 })
      return new Response(this.text, { headers: { etag } })
    } finally {
      this.open--
    }
  }

  /** Steps of a quarter of an interval of a second. */
  override get harness() {
    return {
      ...super.harness,
      held: () => this.open + this.clock.pending,
      step: () => this.clock.advance(250),
      async [Symbol.asyncDispose]() {},
    }
  }
}

/** Real time passes by itself. */
export const step = () => sleep(5)
