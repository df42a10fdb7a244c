/**
 * A GET over undici's dispatcher with as little around it as there can be: what a contender's way of choosing does to
 * the tail is to be seen, and not how busy the client is with making Response objects. Resolves to the status at the
 * end of the body.
 */
export function get(dispatcher, path, origin) {
  return new Promise((resolve, reject) => {
    let status = 0
    dispatcher.dispatch(
      { method: 'GET', path, origin },
      {
        onRequestStart() {},
        onResponseStart(_, code) {
          status = code
        },
        onResponseData() {},
        onResponseEnd: () => resolve(status),
        onResponseError: (_, error) => reject(error),
      },
    )
  })
}
