import { createServer, type Socket } from 'node:net'
import type pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createPool, isUnreachable, neverConnected, readableRowsOf, sqlState } from './database.ts'
import { enter, inTransaction, queryAlone, queryWithin } from './transaction.ts'

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const account = '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3a'
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The URL of a server that does this with each connection. */
const listening = async (serve: (socket: Socket) => void): Promise<string> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  ends.push(() => server.close())
  const address = server.address()
  return `postgres://nobody:x@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/none`
}

/** The URL of a server that accepts a connection as Postgres does, and ends it with the same packet. */
const dyingPostgres = (): Promise<string> => {
  const ready = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]
  const fatal = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'))
  return listening((socket) => socket.once('data', () => socket.end(Buffer.concat([...ready, fatal]))))
}

const uses = {
  query: (pool: pg.Pool) => pool.query('select 1'),
  transaction: (pool: pg.Pool) => inTransaction(pool, enter({ account }), (tx) => tx.query('select 1')),
  'statement of its own': (pool: pg.Pool) => queryAlone(pool, { name: 'one', text: 'select 1' }),
  'statement within an account': (pool: pg.Pool) => queryWithin(pool, { account }, { name: 'one', text: 'select 1' }),
}

describe('a connection that breaks while the pool hands it out', () => {
  test.for(Object.entries(uses))('fails the %s and not the process', async ([, work]) => {
    const pool = createPool({ url: await dyingPostgres(), name: 'test', max: 1, connectMs: 1_000 }, () => undefined)
    ends.push(() => void pool.end())
    const error = await work(pool).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(isUnreachable(error)).toBe(true)
  })
})

describe('a connection that does not come in time', () => {
  /** The URL of a server that says nothing, and the number of connections to it. */
  const silentPostgres = async () => {
    const sockets: Socket[] = []
    const url = await listening((socket) => sockets.push(socket))
    ends.push(() => sockets.forEach((socket) => void socket.destroy()))
    return { url, connections: () => sockets.length }
  }
  test.for(Object.entries(uses))('is asked for once more by the %s, which fails then', async ([, work]) => {
    const { url, connections } = await silentPostgres()
    const pool = createPool({ url, name: 'test', max: 1, connectMs: 100 }, () => undefined)
    ends.push(() => void pool.end())
    const error = await work(pool).catch((thrown: unknown) => thrown)
    expect([neverConnected(error), isUnreachable(error), connections()]).toEqual([true, true, 2])
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

test('readableRowsOf returns the rows of the form, and reports each other row', () => {
  const others: unknown[] = []
  const answer = { rows: [{ n: 1 }, { n: 'two' }, null, { n: 3 }], rowCount: 4 }
  const rows = readableRowsOf(answer, z.object({ n: z.int() }), (error) => void others.push(error))
  expect(rows).toEqual([{ n: 1 }, { n: 3 }])
  expect(others).toHaveLength(2)
})
