import { describe, expect, test } from 'vitest'
import { allowListVariable } from './allow-list.ts'
import { readEndpoint, urlProblem } from './endpoint-url.ts'

const port = 'must use port 443'
const scheme = 'must begin with https://'
const address = 'must not lead to an address that is not public'
const local = 'must not have a host of a local network'
const short = 'must have a host with a full domain name'
const name = 'must have a host that is a domain name'
const credentials = 'must have no user name and no password'
const url = 'must be a URL'

describe('urlProblem', () => {
  test.each([
    'https://hooks.example.com',
    'https://hooks.example.com:443/a?b=c#d',
    'HTTPS://Hooks.Example.COM/Recto',
    'https://8.8.8.8/',
    'https://0x08080808/',
    'https://[2606:4700:4700::1111]/',
    'https://[::ffff:8.8.8.8]/',
    'https://żółw.example/',
    'https://xn--w-uga1v8h.example/',
    'https://hooks。example。com/',
    'https://internal.example.com/',
    'https://local.host/',
    'https://not-internal.example/',
    'https://3com.example/',
    `https://${'a'.repeat(63)}.example/`,
  ])('finds nothing wrong with %s', (text) => expect(urlProblem(text, [])).toBeNull())

  test.each([
    ['', url],
    ['hooks.example.com', url],
    ['//hooks.example.com', url],
    ['https://', url],
    ['https://%00.example.com', url],
    ['https://hooks.example.com:65536', url],
    ['https://256.256.256.256', url],
    ['https://1.2.3.4.5', url],
    ['https://[::1', url],
    ['https://[fe80::1%25eth0]', url],
    ['http://hooks.example.com', scheme],
    ['http://8.8.8.8', scheme],
    ['http://hooks.example.com:443', scheme],
    ['ftp://hooks.example.com', scheme],
    ['file:///etc/passwd', scheme],
    ['javascript:alert(1)', scheme],
    ['wss://hooks.example.com', scheme],
    ['gopher://hooks.example.com:443', scheme],
    ['blob:https://hooks.example.com/1', scheme],
    ['https://hooks.example.com:80', port],
    ['https://hooks.example.com:8443', port],
    ['https://8.8.8.8:22', port],
    ['https://me@hooks.example.com', credentials],
    ['https://me:secret@hooks.example.com', credentials],
    ['https://:secret@hooks.example.com', credentials],
    ['https://hooks.example.com@127.0.0.1', credentials],
    ['https://localhost', short],
    ['https://LOCALHOST', short],
    ['https://receiver', short],
    ['https://ｌｏｃａｌｈｏｓｔ', short],
    ['https://a.localhost', local],
    ['https://metadata.google.internal', local],
    ['https://printer.local', local],
    ['https://router.home.arpa', local],
    ['https://ROUTER.HOME.ARPA', local],
    ['https://home.arpa', local],
    ['https://metadata.google.ｉnternal', local],
    ['https://localhost.', name],
    ['https://hooks.example.com.', name],
    ['https://metadata.google.internal.', name],
    ['https://hooks..example.com', name],
    ['https://.example.com', name],
    ['https://-a.example.com', name],
    ['https://a_b.example.com', name],
    ['https://a*b.example.com', name],
    [`https://${'a'.repeat(64)}.example`, name],
    [`https://${'a.'.repeat(126)}example`, name],
    [`https://hooks.example.com/${'a'.repeat(2_023)}`, 'must have at most 2048 characters'],
  ])('of %s: %s', (text, problem) => expect(urlProblem(text, [])).toBe(problem))

  test.each([
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7F.0.0.1',
    '0177.0.0.1',
    '0177.0x0.0.01',
    '0x7f.1',
    '00000177.0.0.1',
    '127。0。0。1',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '%6c%6f%63%61%6c%68%6f%73%74.',
    '0',
    '0.0.0.0',
    '0x0',
    '169.254.169.254',
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '10.0.0.1',
    '192.168.1.1',
    '100.100.100.200',
    '168.63.129.16',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[64:ff9b::169.254.169.254]',
    '[2002:7f00:1::]',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ])('refuses the host %s, whatever spelling it has', (host) => {
    expect(urlProblem(`https://${host}/`, [])).toBe(host.includes('%6c') ? name : address)
  })
})

describe('readEndpoint', () => {
  test('reads what a delivery needs', () => {
    expect(readEndpoint('https://Hooks.Example.com:443/a b?c="d"#e', []).endpoint).toEqual({
      protocol: 'https:',
      host: 'hooks.example.com',
      port: 443,
      authority: 'hooks.example.com',
      path: '/a%20b?c=%22d%22',
    })
  })

  test('reads an address without brackets, and keeps a port that is not the usual', () => {
    const allow = allowListVariable.parse('http://[::1]:3000')
    expect(readEndpoint('http://[::1]:3000', allow).endpoint).toEqual({
      protocol: 'http:',
      host: '::1',
      port: 3000,
      authority: '[::1]:3000',
      path: '/',
    })
  })
})
