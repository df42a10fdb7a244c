import { type FetchLike, fetchTransport, type Transport } from 'evenkeel'

/** What a fetch below the balancer was called with. */
export interface Sent {
  readonly url: string
  readonly init: RequestInit & Readonly<Record<string, unknown>>
}

/** A transport with a fetch of its own that remembers what it is given. */
export function recordingTransport(answer: () => Response = () => new Response('ok')): {
  readonly sent: Sent[]
  readonly transport: Transport
} {
  const sent: Sent[] = []
  const fetch: FetchLike = async (url, init) => {
    sent.push({ url, init: init as Sent['init'] })
    return answer()
  }
  return { sent, transport: fetchTransport({ fetch }) }
}
