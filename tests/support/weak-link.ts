import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What a link does with connections. `hold` takes what is sent and forwards nothing. `lose` forwards requests and breaks the
 * connection when the answer to a POST comes.
 */
export type LinkMode = 'pass' | 'refuse' | 'hold' | 'lose'

/** A link to an API, in place of a network that fails. */
export const createWeakLink = async (target: { url: string }) => {
  const open = new Set<Socket>()
  let mode: LinkMode = 'pass'
  let to = target
  let reads = 0
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    if (mode === 'refuse') return socket.destroy()
    if (mode === 'hold') return socket.resume()
    const { hostname, port } = new URL(to.url)
    const far = connect(Number(port), hostname)
    far.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => far.destroy())
    socket.on('data', (sent) => {
      // A browser asks by OPTIONS first.
      const method = /^[A-Z]+/.exec(sent.toString('latin1'))?.[0]
      if (method === 'GET') reads += 1
      if (method === 'POST' && mode === 'lose') far.prependOnceListener('data', () => socket.destroy())
    })
    far.pipe(socket)
    return socket.pipe(far)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const set = (next: LinkMode): void => {
    mode = next
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The number of GET requests that were forwarded so far. */
    reads: () => reads,
    /** Breaks all connections, and treats the next ones in this way. */
    set,
    /** Breaks all connections, and leads the next ones to another API. */
    leadTo: (next: { url: string }): void => {
      to = next
      set('pass')
    },
    stop: (): void => {
      set('refuse')
      server.close()
    },
  }
}

export type WeakLink = Awaited<ReturnType<typeof createWeakLink>>
