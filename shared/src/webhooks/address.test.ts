import { expect, test } from 'vitest'
import { isPublic, parseAddress } from './address.ts'

const judge = (text: string): boolean | null => {
  const address = parseAddress(text)
  return address && isPublic(address)
}

/** First and last address of a range that is not public, and its neighbours, which are public unless `null`. */
const ranges: [range: string, before: string | null, first: string, last: string, after: string | null][] = [
  ['this network', null, '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['private, 10/8', '9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['shared by carriers', '100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['loopback', '126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
  ['the host of a virtual machine', '168.63.129.15', '168.63.129.16', '168.63.129.16', '168.63.129.17'],
  ['link-local', '169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['private, 172.16/12', '172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['assignments of the IETF', '191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['documentation, 192.0.2/24', '192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['AS112, 192.31.196/24', '192.31.195.255', '192.31.196.0', '192.31.196.255', '192.31.197.0'],
  ['automatic multicast tunnels', '192.52.192.255', '192.52.193.0', '192.52.193.255', '192.52.194.0'],
  ['relays of 6to4', '192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['private, 192.168/16', '192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['AS112, 192.175.48/24', '192.175.47.255', '192.175.48.0', '192.175.48.255', '192.175.49.0'],
  ['benchmarks', '198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['documentation, 198.51.100/24', '198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['documentation, 203.0.113/24', '203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['multicast', '223.255.255.255', '224.0.0.0', '239.255.255.255', null],
  ['reserved, with the broadcast address', null, '240.0.0.0', '255.255.255.255', null],
  ['IPv6 below 2000::/3', null, '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  [
    'assignments of the IETF in IPv6',
    '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001::',
    '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:200::',
  ],
  [
    'documentation, 2001:db8::/32',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db8::',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
  ],
  ['6to4', '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
  [
    'documentation, 3fff::/20',
    '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff::',
    '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff',
    '3fff:1000::',
  ],
  [
    'IPv6 above 2000::/3',
    '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '4000::',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    null,
  ],
]

test.each(ranges)('isPublic: no address of %s is public, and its neighbours are', (_, before, first, last, after) => {
  expect([judge(first), judge(last)]).toEqual([false, false])
  for (const neighbour of [before, after])
    if (neighbour !== null) expect([neighbour, judge(neighbour)]).toEqual([neighbour, true])
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '192.0.1.1',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
])('isPublic: %s is public', (text) => expect(judge(text)).toBe(true))

test.each([
  ['loopback', '::1'],
  ['mapped to IPv6', '::ffff:127.0.0.1'],
  ['mapped to IPv6 in hexadecimal', '::ffff:7f00:1'],
  ['mapped to IPv6 at full length', '0:0:0:0:0:ffff:a9fe:a9fe'],
  ['compatible with IPv4', '::127.0.0.1'],
  ['compatible with IPv4 in hexadecimal', '::7f00:1'],
  ['compatible with a public IPv4 address', '::8.8.8.8'],
  ['translated by SIIT', '::ffff:0:127.0.0.1'],
  ['translated by NAT64', '64:ff9b::7f00:1'],
  ['translated by NAT64 of a public IPv4 address', '64:ff9b::808:808'],
  ['translated by a local NAT64', '64:ff9b:1::a00:1'],
  ['tunnelled by 6to4', '2002:7f00:1::'],
  ['tunnelled by Teredo', '2001:0:4136:e378:8000:63bf:80ff:fffe'],
  ['tunnelled by ISATAP', '2a00:1450::5efe:a00:1'],
  ['tunnelled by ISATAP with the bit of a global address', '2a00:1450::200:5efe:a00:1'],
  ['unique and local', 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['only for discarding', '100::1'],
  ['of segment routing', '5f00::1'],
  ['the metadata of AWS', '169.254.169.254'],
  ['the metadata of Alibaba', '100.100.100.200'],
  ['the metadata of Oracle', '192.0.0.192'],
])('isPublic: an address that is %s is not public (%s)', (_, text) => expect(judge(text)).toBe(false))

test.each([
  '',
  'localhost',
  '127.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '127.0.0.1 ',
  '1.2.3.4.5',
  '256.1.1.1',
  '１.1.1.1',
  'fe80::1%eth0',
  '2606:4700:4700::1111%1',
  '[::1]',
  '1::2::3',
])('parseAddress: %j is no address', (text) => expect(parseAddress(text)).toBeNull())

test('parseAddress: an address that is mapped to IPv6 becomes the IPv4 address', () => {
  expect(['::ffff:7f00:1', '::FFFF:1.2.3.4', '2A00::0:1'].map((text) => String(parseAddress(text)))).toEqual([
    '127.0.0.1',
    '1.2.3.4',
    '2a00::1',
  ])
})
