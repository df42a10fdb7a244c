import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { certificate } from './certificate.ts'
import { LocalServer } from './local-server.ts'

/** HTTP/2 with TLS, and HTTP/1.1 for who does not offer to speak it. Its URL is of localhost, for which it has a certificate. */
class SecureHttp2Server extends LocalServer {
  constructor(serve: (request: Http2ServerRequest, response: Http2ServerResponse) => void) {
    super(
      createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
        this.hits++
        serve(request, response)
      }),
    )
  }

  override get url(): string {
    return `https://localhost:${this.port}`
  }
}

export function secureHttp2Server(
  serve: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<LocalServer> {
  return new SecureHttp2Server(serve).listen()
}
