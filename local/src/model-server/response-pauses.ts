import type { ServerResponse } from 'node:http'

/** Waits on behalf of a response; every wait ends at once when its connection closes. */
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
    /** Settles when the connection is done with this response, sent whole or not. */
    closed,
    /** Waits, saying something every `every` ms if asked to; false when the client has gone. */
    pause: async (ms: number, every = Infinity, say: () => void = () => {}): Promise<boolean> => {
      for (let left = ms; left > 0 && !isClosed; left -= every) {
        await sleep(Math.min(left, every))
        if (left > every && !isClosed) say()
        if (every === Infinity) break
      }
      return !isClosed
    },
  }
}
