import { type Balancer, createBalancer, wrapFetch } from 'evenkeel'

type Arguments = readonly [input: unknown, init?: unknown]

/** A fetch that remembers its arguments, whatever they are, and the same wrapped. */
export function wrapped(services: Readonly<Record<string, Balancer>>) {
  const calls: Arguments[] = []
  const answer = Promise.resolve(new Response('passed through'))
  const inner = ((...given: Arguments) => {
    calls.push(given)
    return answer
  }) as typeof fetch
  return {
    /** The calls of the fetch that is wrapped: those passed through, and the attempts of balancers. */
    calls,
    answer,
    fetch: wrapFetch(inner, services),
    /** Where requests went. */
    urls: () => calls.map(([input]) => String(input instanceof Request ? input.url : input)),
  }
}

/** A balancer over one endpoint, `http://<name>-1.test`. */
export function service(name: string): Balancer {
  return createBalancer({ name, endpoints: [`http://${name}-1.test`] })
}
