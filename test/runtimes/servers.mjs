import { createServer } from 'node:http'
import { connect } from 'node:net'

/** Three servers and a place where there is none, for one program. `onFreeze` is called when a client wants to be frozen. */
export async function startFleet(onFreeze) {
  const servers = await Promise.all(['a', 'b', 'c'].map((name) => listen(behaviour(name, onFreeze))))
  const [a, b, c] = servers.map((server) => `http://127.0.0.1:${server.address().port}`)
  const held = await holdPort(servers[0])
  return {
    addresses: { a, b, c, dead: `http://127.0.0.1:${held.localPort}` },
    close() {
      held.destroy()
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

function behaviour(name, onFreeze) {
  let status = 200
  let frozen = false
  const json = (response, body, code = 200) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const about = (request) => ({ server: name, path: request.url })
  return {
    '/who': (request, response) => json(response, about(request)),
    '/echo': (request, response) => request.pipe(response),
    '/hang': () => {},
    '/flaky': (request, response) => json(response, about(request), status),
    '/break': (_, response, { searchParams }) => {
      status = Number(searchParams.get('status') ?? 500)
      json(response, { status })
    },
    '/heal': (_, response) => {
      status = 200
      json(response, { status })
    },
    // The request during which the client is stopped is never answered; the next one is.
    '/freeze': (request, response) => {
      if (frozen) return json(response, about(request))
      frozen = true
      onFreeze()
    },
  }
}

async function listen(answers) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://server')
    const answer = answers[url.pathname]
    if (answer) answer(request, response, url)
    else response.writeHead(404).end()
  })
  // It is not to be the server that closes a connection just when a request is on its way.
  server.keepAliveTimeout = 600_000
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return server
}

/** The near end of a connection: as long as it is open nobody else is given its port, and nobody listens there. */
async function holdPort(server) {
  const socket = connect(server.address().port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket.on('error', () => {})
}
