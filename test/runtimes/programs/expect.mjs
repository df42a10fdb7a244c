// The few assertions that the checks need, for runtimes that have no node:assert.

export function ok(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`)
}

export function equal(actual, expected, what) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Error(`${what}: got ${got}, wanted ${wanted}`)
}

/** What a promise is rejected with. */
export async function rejection(promise, what) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error(`${what}: it was not rejected`)
}

/** The endpoint of a balancer as its snapshot shows it. */
export function endpoint(balancer, url) {
  const found = balancer.snapshot().endpoints.find((one) => one.url === url)
  ok(found, `${url} is an endpoint of ${balancer.name}`)
  return found
}
