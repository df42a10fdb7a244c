import type { Endpoint } from 'evenkeel'
import type { Deed } from './any-order-commands.js'
import { refused, reset } from './fleet.js'

const WELL: Deed = { does: 'answer', status: 200, retryAfter: undefined }

/** The other side of the network: does to what is sent there as it was told. */
export class Servers {
  readonly #deeds = new Map<string, Deed>()
  /** Ways to answer what was sent and has not been answered. */
  readonly #waiting: ((deed: Deed) => void)[] = []
  /** Bodies that neither a caller has nor anybody let go of. */
  readonly #open = new Set<Response>()

  behave(id: string, deed: Deed): void {
    this.#deeds.set(id, deed)
  }

  /** Answers one of those that wait, perhaps long after its attempt has ended. */
  answer(which: number, deed: Deed): void {
    this.#waiting.splice(which % (this.#waiting.length || 1), 1)[0]?.(deed)
  }

  answerAll(): void {
    for (const answer of this.#waiting.splice(0)) answer(WELL)
  }

  /** A caller has this response now; false if somebody else has, or it was let go of. */
  handOver(response: Response): boolean {
    return this.#open.delete(response)
  }

  get openBodies(): number {
    return this.#open.size
  }

  /** One attempt; `onOver` is called when the server has done with it. */
  send({ id }: Endpoint, signal: AbortSignal, onOver: () => void): Promise<Response> {
    const deed = this.#deeds.get(id) ?? WELL
    if (deed.does === 'throw') {
      onOver()
      throw new Error('thrown at once')
    }
    return new Promise<Response>((resolve, reject) => {
      const answer = (what: Deed) => {
        onOver()
        // `hang` ends with its signal, as fetch does, and nothing comes after that; `hang-deaf` does not listen.
        if (deed.does === 'hang' && signal.aborted) return
        if (what.does === 'answer') resolve(this.#response(what.status, what.retryAfter))
        else reject(what.does === 'refuse' ? refused() : reset())
      }
      if (!deed.does.startsWith('hang')) return answer(deed)
      this.#waiting.push(answer)
      if (deed.does === 'hang') signal.addEventListener('abort', () => reject(signal.reason))
    })
  }

  #response(status: number, retryAfter: string | undefined): Response {
    const body = new ReadableStream({ cancel: () => void this.#open.delete(response) }, { highWaterMark: 0 })
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    const response = new Response(body, { status, headers })
    this.#open.add(response)
    return response
  }
}
