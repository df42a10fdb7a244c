import { describe, expect, test } from 'vitest'
import { service, wrapped } from './wrapped.ts'

describe('wrapFetch balances', () => {
  test.each<[string, string | URL | Request]>([
    ['a string', 'http://users/v1?q=1'],
    ['a URL object', new URL('http://users/v1?q=1')],
    ['a Request', new Request('http://users/v1?q=1')],
    ['https', 'https://users/v1?q=1'],
    ['a hash', 'http://users/v1?q=1#top'],
    ['capitals', 'HTTP://USERS/v1?q=1'],
    ['white space around it', ' \n http://users/v1?q=1 '],
    ['the port that http has anyway', 'http://users:80/v1?q=1'],
    ['the port that https has anyway', 'https://users:443/v1?q=1'],
    ['an encoded host', 'http://%75sers/v1?q=1'],
  ])('%s', async (_, input) => {
    await using users = service('users')
    const { fetch, urls } = wrapped({ users })
    await fetch(input)
    expect(urls()).toEqual(['http://users-1.test/v1?q=1'])
    expect(users.snapshot().endpoints[0]).toMatchObject({ calls: 1, successes: 1 })
  })

  test.each([
    ['orders.internal:8443', 'https://orders.internal:8443/x'],
    ['Orders.Internal:8443', 'https://orders.internal:8443/x'],
    ['orders.internal:8443', 'HTTPS://Orders.INTERNAL:8443/x'],
    ['orders:443', 'https://orders/x'],
    ['orders', 'https://orders:443/x'],
    ['orders', 'http://orders:080/x'],
    ['10.0.0.1', 'http://10.0.0.1/x'],
    ['10.0.0.1', 'http://0x0a000001/x'],
    ['[::1]:8080', 'http://[::1]:8080/x'],
    ['[::1]:8080', 'http://[0:0:0:0:0:0:0:1]:8080/x'],
    ['xn--bcher-kva.test', 'http://bücher.test/x'],
  ])('the key %s with %s', async (key, url) => {
    await using orders = service('orders')
    const { fetch, urls } = wrapped({ [key]: orders })
    await fetch(url)
    expect(urls()).toEqual(['http://orders-1.test/x'])
  })
})

describe('wrapFetch does not balance', () => {
  test.each([
    ['another host', 'http://example.com/'],
    ['another port', 'http://users:8080/'],
    ['a host that begins alike', 'http://users.example.com/'],
    ['a host that ends alike', 'http://my.users/'],
    ['a host with a dot at its end', 'http://users./'],
    ['a user of that name', 'http://users@example.com/'],
    ['a path of that name', 'http://example.com/users'],
    ['a query of that name', 'http://example.com/?http://users/'],
    ['another scheme', 'ws://users/'],
    ['data', 'data:text/plain,http://users/'],
    ['a relative URL', '/v1/me'],
    ['a relative URL of that name', 'users/v1'],
    ['a URL without a scheme', '//users/v1'],
    ['nothing', ''],
  ])('%s', async (_, url) => {
    await using users = service('users')
    const { fetch, urls } = wrapped({ users })
    await fetch(url)
    expect(urls()).toEqual([url])
    expect(users.snapshot().endpoints[0]).toMatchObject({ calls: 0 })
  })

  test('the key of an explicit http port for https, or the other way round', async () => {
    await using users = service('users')
    const { fetch, urls } = wrapped({ 'users:443': users })
    await fetch('http://users/')
    await fetch('http://users:80/')
    expect(urls()).toEqual(['http://users/', 'http://users:80/'])
  })

  test('names that every object has', async () => {
    await using users = service('users')
    const { fetch, urls } = wrapped({ users })
    for (const name of ['constructor', '__proto__', 'toString']) await fetch(`http://${name}/`)
    expect(urls()).toEqual(['http://constructor/', 'http://__proto__/', 'http://toString/'])
  })
})
