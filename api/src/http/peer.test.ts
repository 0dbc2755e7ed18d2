import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it, test } from 'vitest'
import { connectionName } from './peer.ts'
import { parseUnacknowledged, readUnacknowledged } from './unacknowledged.ts'

/** Rows as Linux writes them: two connections with bytes that were not acknowledged, and three others. */
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2253 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 16619112 1 0 100 0 0 10 0
   1: 0100007F:2253 0100007F:D431 01 00000008:00000000 01:00000012 00000003     0        0 16619113 4 0 20 4 30 10 -1
  12: 0100630A:2253 0200630A:9C40 01 0001F400:00000000 01:00000012 00000003     0        0 16619114 4 0 20 4 30 10 -1
 133: 0100007F:2253 0100007F:D432 01 00000000:00000009 00:00000000 00000000     0        0 16619115 1 0 20 4 30 10 -1
   3: 0100007F:2253 0100007F:D433 06 00000000:00000000 03:00000012 00000003     0        0 0 3 0
`
const table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt
   0: 0000000000000000FFFF00000100007F:2253 0000000000000000FFFF00000100007F:D434 01 00000010:00000000 01:00000012 00000003
   1: B80D0120000000000000000001000000:2253 B80D0120000000000000000001000000:D435 01 00000020:00000000 01:00000012 00000003
`

test.each([
  [table, 8787, '127.0.0.1', 0xd431, 8],
  [table, 8787, '10.99.0.2', 40_000, 128_000],
  [table, 8787, '127.0.0.1', 0xd432, undefined],
  [table, 8787, '127.0.0.1', 0xd433, undefined],
  [table6, 8787, '::ffff:127.0.0.1', 0xd434, 16],
  [table6, 8787, '2001:db8::1', 0xd435, 32],
  [table6, 8787, '2001:db8::1%eth0', 0xd435, 32],
  [table6, 8787, '2001:db8:0:0:0:0:0:1', 0xd435, 32],
  [table6, 8787, '2001:db8::2', 0xd435, undefined],
])('parseUnacknowledged finds the connection of port %2$i to %3$s:%4$i', (text, local, address, remote, bytes) => {
  expect(new Map(parseUnacknowledged(text)).get(connectionName(local, address, remote))).toBe(bytes)
})

describe('readUnacknowledged', () => {
  // Other systems have no such table, and find out only by what the process itself still holds.
  it.runIf(process.platform === 'linux').each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'finds a reader at %s who takes nothing',
    async (host) => {
      const server = createServer().listen(0, '::')
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the server has no port')
      const client = connect(address.port, host).pause()
      const [socket] = await once(server, 'connection')
      const name = connectionName(socket.localPort, socket.remoteAddress, socket.remotePort)
      expect((await readUnacknowledged()).get(name)).toBeUndefined()
      while (socket.write(Buffer.alloc(1_000_000)));
      await expect.poll(async () => (await readUnacknowledged()).get(name) ?? 0).toBeGreaterThan(0)
      client.destroy()
      socket.destroy()
      server.close()
    },
  )
})
