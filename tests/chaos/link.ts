import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../support/random.ts'
import { createNotificationFilter } from './notification-filter.ts'

/**
 * What a link does. `held` keeps what is sent one way or both ways until it passes again, as a network does that TCP
 * survives. `slow` delays every piece by 200 ms, and one in twenty by what its loss would cost. `refuse` breaks all
 * connections.
 */
export type LinkMode = 'pass' | 'slow' | 'hold' | 'hold there' | 'hold back' | 'drop notifications' | 'refuse'

type Way = 'there' | 'back'

const SLOW_MS = 200
const LOST_MS = 400
const LOSS = 0.05

/** A TCP proxy between a process and the server at `to`. With `notifications`, it can drop those of Postgres. */
export const createLink = async (
  to: { host: string; port: number },
  { notifications = false, seed = 1 }: { notifications?: boolean; seed?: number } = {},
) => {
  const { chance } = createRandom(seed)
  const open = new Set<Socket>()
  let mode: LinkMode = 'pass'
  let changed = Promise.withResolvers<void>()

  const isHeld = (way: Way) => mode === 'hold' || mode === `hold ${way}`
  const untilPassing = async (way: Way) => {
    while (isHeld(way)) await changed.promise
  }
  const dueAt = () => (mode === 'slow' ? performance.now() + SLOW_MS + (chance(LOSS) ? LOST_MS : 0) : 0)

  /** Carries bytes and the end of the connection one way, in order. */
  const carry = (from: Socket, target: Socket, way: Way) => {
    const filter = notifications && way === 'back' ? createNotificationFilter() : undefined
    let last: Promise<void> = Promise.resolve()
    const inTurn = (deliver: () => unknown) => {
      const due = dueAt()
      last = last.then(async () => {
        const early = due - performance.now()
        if (early > 0) await delay(early)
        await untilPassing(way)
        deliver()
      })
    }
    from.on('data', (piece) => {
      const kept = filter ? filter(piece, mode === 'drop notifications') : piece
      // Who sends to a socket that is closed is reset.
      if (kept.length > 0) inTurn(() => (target.destroyed ? from.resetAndDestroy() : target.write(kept)))
    })
    from.on('error', () => undefined)
    from.on('end', () => inTurn(() => target.end()))
    // What was sent before an orderly end still arrives.
    from.on('close', (broke) => inTurn(() => (broke ? target.resetAndDestroy() : target.end())))
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (mode === 'refuse') {
      near.on('error', () => undefined).resetAndDestroy()
      return
    }
    const far = connect({ ...to, allowHalfOpen: true, noDelay: true })
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    }
    carry(near, far, 'there')
    carry(far, near, 'back')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const breakAll = () => {
    for (const socket of open) socket.resetAndDestroy()
  }

  return {
    port: (server.address() as AddressInfo).port,
    mode: () => mode,
    set: (next: LinkMode): void => {
      mode = next
      if (mode === 'refuse') breakAll()
      changed.resolve()
      changed = Promise.withResolvers()
    },
    stop: (): void => {
      mode = 'pass'
      changed.resolve()
      breakAll()
      server.close()
    },
  }
}

export type Link = Awaited<ReturnType<typeof createLink>>

/** The same URL by way of a link. */
export const overLink = (url: string, { port }: Link): string => {
  const linked = new URL(url)
  linked.hostname = '127.0.0.1'
  linked.port = String(port)
  return linked.href
}
