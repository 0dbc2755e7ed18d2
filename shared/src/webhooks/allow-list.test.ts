import { describe, expect, test } from 'vitest'
import { parseEnv } from '../env.ts'
import { allowListVariable } from './allow-list.ts'
import { urlProblem } from './endpoint-url.ts'

const allowed = (entries: string, url: string): boolean => urlProblem(url, allowListVariable.parse(entries)) === null

describe('allowListVariable', () => {
  test.each([
    ['a name for http and its port', 'http://localhost:3000', 'http://localhost:3000/hook'],
    ['a name in capitals', 'HTTP://LocalHost:3000', 'http://LOCALHOST:3000/'],
    ['a name for any port', 'http://localhost:*', 'http://localhost:65535/'],
    ['a name for the usual port of http', 'http://receiver', 'http://receiver/'],
    ['a name for the usual port of https', 'receiver', 'https://receiver/'],
    ['a name of containers', 'http://my_app.receiver-1:80', 'http://my_app.receiver-1/'],
    ['a name of a local network', 'hooks.corp.internal', 'https://hooks.corp.internal/'],
    ['a port for a public name', 'hooks.example.com:8443', 'https://hooks.example.com:8443/'],
    ['an address', 'http://127.0.0.1:3000', 'http://127.1:3000/'],
    ['an address with a port and without a scheme', '127.0.0.1:8443', 'https://127.0.0.1:8443/'],
    ['an IPv6 address', 'http://[::1]:3000', 'http://[0:0:0:0:0:0:0:1]:3000/'],
    ['a range', '10.0.0.0/8', 'https://10.255.0.1/'],
    ['a range of IPv6', '[fd00::/8]:8443', 'https://[fd12::1]:8443/'],
    ['a range with a port, for names too', 'http://10.0.0.0/8:8080', 'http://hooks.example.com:8080/'],
    ['an address that the URL maps to IPv6', 'http://127.0.0.0/8:*', 'http://[::ffff:127.0.0.1]:3000/'],
    ['the second of two entries', 'a.example:1, http://localhost:3000', 'http://localhost:3000/'],
  ])('allows %s', (_, entries, url) => expect(allowed(entries, url)).toBe(true))

  test.each([
    ['another scheme', 'http://localhost:3000', 'https://localhost:3000/'],
    ['http for an entry without a scheme', 'localhost:3000', 'http://localhost:3000/'],
    ['another port', 'http://localhost:3000', 'http://localhost:3001/'],
    ['another name', 'http://localhost:3000', 'http://a.localhost:3000/'],
    ['a name that ends as the entry', 'corp.internal', 'https://hooks.corp.internal/'],
    ['the name with a dot at its end', 'http://localhost:3000', 'http://localhost.:3000/'],
    ['the address of a name', 'http://localhost:3000', 'http://127.0.0.1:3000/'],
    ['a name of a local network for a range', '10.0.0.0/8', 'https://hooks.internal/'],
    ['an address next to a range', '10.0.0.0/8', 'https://11.0.0.0:8443/'],
    ['the port of a range for a public address', '10.0.0.0/8:8443', 'https://8.8.8.8:8443/'],
    ['IPv6 for a range of IPv4', '0.0.0.0/0', 'https://[::1]/'],
    ['a password', 'http://localhost:3000', 'http://me:secret@localhost:3000/'],
  ])('does not allow %s', (_, entries, url) => expect(allowed(entries, url)).toBe(false))

  test.each([
    'ftp://localhost',
    'https://localhost/path',
    'localhost:65536',
    'localhost:',
    'localhost:-1',
    '10.0.0.0/33',
    '[fd00::/129]',
    '[::ffff:10.0.0.0/104]',
    '10.0.0',
    '0x7f.1',
    '2130706433',
    'fd00::1',
    '*',
    '*.example.com',
    'http://',
    'me@localhost',
    'müller.example',
  ])('does not accept the entry %s', (text) => expect(allowListVariable.safeParse(text).success).toBe(false))

  test('an absent or empty variable allows nothing', () => {
    expect(
      [{}, { ALLOW: '' }, { ALLOW: ' , ' }].map((env) => parseEnv({ ALLOW: allowListVariable }, env).ALLOW),
    ).toEqual([[], [], []])
  })
})
