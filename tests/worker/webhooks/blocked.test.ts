import { connect as connectTcp, createServer as createTcpServer, isIPv6, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { a, aaaa, cname, nameServer } from '../../../worker/src/testing/name-server.ts'
import type { Connect } from '../../../worker/src/webhooks/dial.ts'
import { createLookup, type Lookup } from '../../../worker/src/webhooks/lookup.ts'
import { createPost } from '../../../worker/src/webhooks/post.ts'

/** Counts what arrives. Whatever a delivery dials, it reaches this server, unless it is an address of the internet. */
const canary = { connections: 0, closed: 0, bytes: 0, port: 0 }
const server = createTcpServer((socket) => {
  canary.connections++
  socket.on('error', () => undefined)
  socket.on('data', ({ length }) => {
    canary.bytes += length
  })
  socket.on('close', () => void canary.closed++)
})
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, ready))
  const address = server.address()
  canary.port = address !== null && typeof address === 'object' ? address.port : 0
})
afterAll(() => void server.close())
beforeEach(() => void Object.assign(canary, { connections: 0, closed: 0, bytes: 0 }))

/** Addresses of the internet, to which no test sends anything: they refuse each connection. */
const internet = ['93.184.215.14', '2606:4700::1111']
const dialled: string[] = []
const refuse = (): Socket => {
  const socket = new Socket()
  setImmediate(() => socket.destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })))
  return socket
}
const toCanary: Connect = () => connectTcp({ host: '127.0.0.1', port: canary.port })
const connect: Connect = (address, port) => {
  dialled.push(address)
  return internet.includes(address) ? refuse() : toCanary(address, port)
}

const notFound: Lookup = async () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }))

const post = (url: string, lookup: Lookup = notFound, through = connect) => {
  dialled.length = 0
  const request = { headers: {}, body: '{}', signal: new AbortController().signal }
  return createPost({ allow: [], lookup, connect: through })(url, request)
}

const own = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address))
const literal = (address: string) => (isIPv6(address) ? `[${address}]` : address)

const hosts = [
  ...own.map(literal),
  ...[
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0177.0.0.1',
    '0x7f.1',
  ],
  ...['0x7F.0x0.0.01', '1２7.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '%31%32%37.0.0.1', '127.255.255.254', '0', '0.0.0.0'],
  ...['169.254.169.254', '2852039166', '0xA9FEA9FE', '0251.0376.0251.0376', '169.254.43518', '168.63.129.16'],
  ...['100.100.100.200', '192.0.0.192', '10.0.0.1', '172.31.0.1', '192.168.0.1', '224.0.0.1', '255.255.255.255'],
  ...[
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:a9fe:a9fe]',
    '[::127.0.0.1]',
  ],
  ...['[::7f00:1]', '[::ffff:0:7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::a00:1]', '[2002:7f00:1::]', '[2001::1]'],
  ...['[fd00:ec2::254]', '[fe80::1]', '[fe80::1%25lo]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[3fff::1]'],
  ...['localhost', 'LOCALHOST', 'ｌｏｃａｌｈｏｓｔ', 'localhost.', 'a.localhost', 'ip6-localhost', 'receiver', 'vm'],
  ...[
    'metadata.google.internal',
    'metadata.google.internal.',
    'printer.local',
    'router.home.arpa',
    'hooks.example.com.',
  ],
]

const urls = [
  ...hosts.map((host) => `https://${host}/latest/meta-data/`),
  'http://hooks.example.com/',
  'https://hooks.example.com:8443/',
  'https://me:secret@hooks.example.com/',
  'https://hooks.example.com@127.0.0.1/',
  'https://hooks.example.com\\@127.0.0.1/',
  'https://127.0.0.1\\.hooks.example.com/',
  'https://127.0.0.1#.hooks.example.com/',
  'https://127.0.0.1?.hooks.example.com/',
  'https:127.0.0.1',
  'https:\\\\127.0.0.1\\',
  ' \thttps://127.0.0.1/',
  'https://127.0.\n0.1/',
  '//127.0.0.1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_INFO',
  'unix:/var/run/docker.sock',
  'https+unix://%2Fvar%2Frun%2Fdocker.sock/',
  'data:text/plain,hello',
]

describe('createPost dials nothing', () => {
  test('there are 60 URLs and more', () => expect(urls.length).toBeGreaterThan(60))

  // A public name follows the backslash in the URL with `\@`: only that one is looked up.
  test.each(urls)('for the URL %j', async (url) => {
    const posted = await post(url)
    expect(posted).toMatchObject({ ok: false, class: /\\@/.test(url) ? 'dns' : 'blocked_url', status: null })
    expect([dialled, canary.connections]).toEqual([[], 0])
  })

  test.each<[string, string[]]>([
    ['one address of loopback', ['127.0.0.1']],
    ['one address of this machine', own.slice(0, 1)],
    ['all addresses of this machine', own],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['a private address', ['10.0.0.1']],
    ['any address of this machine', ['0.0.0.0']],
    ['any IPv6 address of this machine', ['::']],
    ['an address that is mapped to IPv6', ['::ffff:127.0.0.1']],
    ['an address that is compatible with IPv4', ['::127.0.0.1']],
    ['an address of NAT64', ['64:ff9b::7f00:1']],
    ['an address of 6to4', ['2002:7f00:1::']],
    ['a link-local address with a zone', ['fe80::1%lo']],
    ['a public address, and then a private one', ['93.184.215.14', '127.0.0.1']],
    ['a private address, and then a public one', ['127.0.0.1', '93.184.215.14']],
    ['a public IPv4 address and a local IPv6 address', ['93.184.215.14', '::1']],
    ['99 public addresses and one private', [...Array(99).fill('93.184.215.14'), '127.0.0.1']],
    ['an address in octal', ['0177.0.0.1']],
    ['another name', ['localhost']],
    ['nothing that is an address', ['']],
  ])('when the name leads to %s', async (_, addresses) => {
    const posted = await post('https://hooks.example.com/', async () => addresses)
    expect(posted).toMatchObject({
      ok: false,
      class: 'blocked_address',
      message: 'the host has an address that is not allowed',
    })
    expect([dialled, canary.connections]).toEqual([[], 0])
  })

  test.each<[string, string[], string]>([
    ['no address', [], 'the host has no address'],
    ['more than 100 addresses', Array(101).fill('93.184.215.14'), 'the host has more than 100 addresses'],
  ])('when the name has %s', async (_, addresses, message) => {
    expect(await post('https://hooks.example.com/', async () => addresses)).toMatchObject({ class: 'dns', message })
    expect(dialled).toEqual([])
  })

  test.each([
    ['a private address', [a('127.0.0.1')], []],
    ['a public address and a private one', [a('93.184.215.14'), a('192.168.0.1')], []],
    ['a name with a private address', [cname('inner.example'), { ...a('127.0.0.1'), of: 'inner.example' }], []],
    [
      'a public IPv4 address and a private IPv6 one',
      [a('93.184.215.14')],
      [aaaa('fd00:0ec2:0000:0000:0000:0000:0000:0254')],
    ],
    ['a mapped address', [], [aaaa('0000:0000:0000:0000:0000:ffff:7f00:0001')]],
  ])('when a name server answers %s', async (_, ipv4, ipv6) => {
    await using names = await nameServer((_name, type) => (type === 1 ? ipv4 : ipv6))
    const posted = await post('https://hooks.example.com/', createLookup({ servers: [names.server] }))
    expect(posted).toMatchObject({ class: 'blocked_address' })
    expect([dialled, canary.connections]).toEqual([[], 0])
  })
})

describe('createPost with a name server that changes its answer', () => {
  test('dials the address that was judged, and looks the name up once for each delivery', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1'], ['2606:4700::1111'], ['169.254.169.254']]
    let lookups = 0
    const lookup: Lookup = async () => answers[lookups++] ?? []
    const seen: unknown[] = []
    for (const _ of answers) {
      const posted = await post('https://hooks.example.com/', lookup)
      seen.push([posted.ok || posted.class, ...dialled])
    }
    expect(seen).toEqual([
      ['connection', '93.184.215.14'],
      ['blocked_address'],
      ['connection', '2606:4700::1111'],
      ['blocked_address'],
    ])
    expect([lookups, canary.connections]).toEqual([4, 0])
  })

  test('tries two addresses of each family at most, IPv4 first', async () => {
    const addresses = [...Array(5).fill(internet[1]), ...Array(5).fill(internet[0])]
    expect(await post('https://hooks.example.com/', async () => addresses)).toMatchObject({ class: 'connection' })
    expect(dialled).toEqual([internet[0], internet[0], internet[1], internet[1]])
  })

  test('sends no byte when the connection leads to another address than the judged one', async () => {
    const posted = await post('https://hooks.example.com/', async () => ['93.184.215.14'], toCanary)
    expect(posted).toMatchObject({ class: 'blocked_address', message: /another address/ })
    await expect.poll(() => canary.closed).toBe(1)
    expect(canary).toMatchObject({ connections: 1, bytes: 0 })
  })
})
