type OnEnd = (error: unknown) => void

/** Statuses that have no body, Fetch Standard. */
const NULL_BODY = [204, 205, 304]

/** Tells when the bodies of responses have ended: read to the end, cancelled, or broken off. */
export class BodyTracker {
  /** Notices bodies that are thrown away unread, where the platform can tell; made at first use. */
  #abandoned: FinalizationRegistry<() => void> | undefined

  /** The same response, but for `onEnd` being called once, with the error if the body broke off. */
  track(response: Response, onEnd: OnEnd): Response {
    const source = response.body
    // A body that somebody on the way has taken is theirs to end.
    if (source === null || source.locked || !canBeRebuilt(response)) {
      onEnd(undefined)
      return response
    }
    const end = once(onEnd)
    const type = typeOf(source)
    const reader = source.getReader()
    // Tells of an abort, too, when nobody is reading. It must not hold on to the new body.
    reader.closed.then(() => end(undefined), end)
    const body = relay(reader, type)
    if (typeof FinalizationRegistry === 'function') {
      this.#abandoned ??= new FinalizationRegistry((abandon) => abandon())
      this.#abandoned.register(body, () => void reader.cancel().catch(end))
    }
    const { status, headers } = response
    return withIdentity(new Response(body, { status, headers }), response)
  }
}

/** Is it one of fetch's, whose body `new Response` takes? Transports may hand out others, of node-fetch say. */
function canBeRebuilt({ body, status }: Response): boolean {
  return (
    typeof body?.getReader === 'function' && status >= 200 && status <= 599 && !NULL_BODY.includes(status)
  )
}

/** Only a stream of bytes can be read into a buffer of the reader's own. */
function typeOf(source: ReadableStream<Uint8Array>): 'bytes' | undefined {
  try {
    source.getReader({ mode: 'byob' }).releaseLock()
    return 'bytes'
  } catch {
    return undefined
  }
}

/** A stream of the same kind: one of bytes takes the memory of its chunks away, which not all can bear. */
function relay(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  type: 'bytes' | undefined,
): ReadableStream<Uint8Array> {
  const source = {
    async pull(controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>) {
      const { done, value } = await reader.read()
      if (!done) return controller.enqueue(value as Uint8Array<ArrayBuffer>)
      controller.close()
      // A pending "bring your own buffer" read is only answered when it is told so.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  }
  return type === undefined
    ? new ReadableStream(source, { highWaterMark: 0 })
    : new ReadableStream({ ...source, type })
}

/** `new Response` cannot be given these, or not what servers make of them; a clone has to be given them too. */
function withIdentity(copy: Response, original: Response): Response {
  const clone = copy.clone.bind(copy)
  return Object.defineProperties(copy, {
    statusText: { value: original.statusText },
    url: { value: original.url },
    redirected: { value: original.redirected },
    type: { value: original.type },
    clone: { value: () => withIdentity(clone(), original) },
  })
}

function once(callback: OnEnd): OnEnd {
  let done = false
  return (error) => {
    if (done) return
    done = true
    callback(error)
  }
}
