import type { ServerResponse } from 'node:http'

/** Creates pauses between the writes of a response. A pause ends at once when the connection closes. */
export const createResponsePauses = (response: ServerResponse) => {
  let isClosed = response.destroyed
  let wake: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  const closed = new Promise<void>((resolve) => {
    if (isClosed) resolve()
    response.once('close', () => {
      isClosed = true
      clearTimeout(timer)
      wake?.()
      resolve()
    })
  })

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve
      if (ms !== Infinity) timer = setTimeout(resolve, ms)
    })

  return {
    /** Resolves when the response has been sent or its connection has closed. */
    closed,
    /** Pauses for `ms` and calls `keepAlive` every `everyMs`. Answers false when the client has disconnected. */
    pause: async (ms: number, everyMs = Infinity, keepAlive: () => void = () => {}): Promise<boolean> => {
      for (let left = ms; left > 0 && !isClosed; left -= everyMs) {
        await sleep(Math.min(left, everyMs))
        if (left > everyMs && !isClosed) keepAlive()
        if (everyMs === Infinity) break
      }
      return !isClosed
    },
  }
}
