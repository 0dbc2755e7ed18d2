import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createPool, inTransaction, isUnreachable, sqlState } from './database.ts'

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The URL of a server that accepts a connection as Postgres does, and ends it with the same packet. */
const dyingPostgres = async (): Promise<string> => {
  const ready = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]
  const fatal = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([...ready, fatal])))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  ends.push(() => server.close())
  const address = server.address()
  return `postgres://nobody:x@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/none`
}

describe('a connection that breaks while the pool hands it out', () => {
  test.for(['query', 'transaction'] as const)('fails the %s and not the process', async (kind) => {
    const pool = createPool({ url: await dyingPostgres(), name: 'test', max: 1, connectMs: 1_000 }, () => undefined)
    ends.push(() => void pool.end())
    const work = () => (kind === 'query' ? pool.query('select 1') : inTransaction(pool, (tx) => tx.query('select 1')))
    const error = await work().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(isUnreachable(error)).toBe(true)
  })
})

describe('isUnreachable', () => {
  test.for([
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }), true],
    [new Error('Query read timeout'), true],
    [new Error('Connection terminated unexpectedly'), true],
    [Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' }), false],
    [new TypeError('x is not a function'), false],
    ['nothing', false],
  ] as const)('of the error %s is %s', ([error, expected]) => {
    expect(isUnreachable(error)).toBe(expected)
    expect(sqlState(error)).toBeUndefined()
  })
})
