import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKeys, readKeys } from './key-sources.ts'

describe('parseKeys', () => {
  test.each([
    ['one', 'sk-a', ['sk-a']],
    ['commas', 'sk-a,sk-b , sk-c,', ['sk-a', 'sk-b', 'sk-c']],
    ['lines', 'sk-a\nsk-b\r\n\r\n\tsk-c\n', ['sk-a', 'sk-b', 'sk-c']],
    ['quotes around each or all', `"sk-a",'sk-b'\n"sk-c,sk-d"`, ['sk-a', 'sk-b', 'sk-c', 'sk-d']],
    ['comments', '# the team’s keys, "old": sk-x\nsk-a # first\n#sk-y\nsk-b', ['sk-a', 'sk-b']],
    ['a # inside a key is of the key', 'sk-a#b', ['sk-a#b']],
    ['doubles', 'sk-a,sk-b,sk-a', ['sk-a', 'sk-b']],
    ['a byte order mark', '\u{feff}sk-a', ['sk-a']],
    ['nothing', ' ,\n# none\n', []],
  ])('%s', (_, text, keys) => {
    expect(parseKeys(text)).toEqual(keys)
  })

  test.each(['\u0000', '\u001b', '\u007f', '\u00a0', '\u200b', 'ż', '🔑'])('%j is refused by its line', (sign) => {
    expect(() => parseKeys(`sk-secret\nsk-${sign}secret`)).toThrow(
      /^a key has a character on line 2 that no key can have$/,
    )
  })

  test('any keys, however separated, come back', () => {
    const sign = fc.constantFrom(...'abzAZ09-_.:+/=#')
    const key = fc.string({ unit: sign, minLength: 1 }).filter((drawn) => !drawn.startsWith('#'))
    const between = fc.constantFrom(',', ' ', '\n', '\r\n', ', ', ' # and\n', '","')
    fc.assert(
      fc.property(fc.array(fc.tuple(key, between)), (drawn) => {
        expect(parseKeys(drawn.flat().join(''))).toEqual([...new Set(drawn.map(([one]) => one))])
      }),
    )
  })
})

describe('readKeys', () => {
  const files: Record<string, string> = {
    '/own/keys': 'sk-a\nsk-b\n',
    '/own/empty': '\n',
    '/own/broken': 'sk-secret\u0000',
  }
  const readFile = async (path: string) => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' })
    return text
  }
  const read = (env: Record<string, string>) => readKeys(env, 'ACME_KEY', readFile)
  const refusal = (env: Record<string, string>) =>
    read(env).then(
      () => null,
      (error: unknown) => error,
    )

  test.each([
    ['neither', {}, []],
    ['empty ones are absent', { ACME_KEY: '', ACME_KEY_FILE: '' }, []],
    ['the variable', { ACME_KEY: 'sk-a,sk-b', ACME_KEY_FILE: '' }, ['sk-a', 'sk-b']],
    ['the file', { ACME_KEY_FILE: '/own/keys' }, ['sk-a', 'sk-b']],
  ])('%s', async (_, env, keys) => {
    expect(await read(env)).toEqual(keys)
  })

  test.each([
    [
      { ACME_KEY: 'sk-secret', ACME_KEY_FILE: '/own/keys' },
      'ACME_KEY and ACME_KEY_FILE are both set; one of them is enough',
    ],
    [{ ACME_KEY: ' , ' }, 'ACME_KEY is set, but there is no key in it'],
    [{ ACME_KEY: 'sk-secret\u0000' }, 'ACME_KEY: a key has a character on line 1 that no key can have'],
    [{ ACME_KEY_FILE: '/own/empty' }, 'ACME_KEY_FILE is set, but there is no key in it'],
    [{ ACME_KEY_FILE: '/own/broken' }, 'ACME_KEY_FILE: a key has a character on line 1 that no key can have'],
    // A key where a path should be is told by no one.
    [{ ACME_KEY_FILE: 'sk-secret' }, 'ACME_KEY_FILE: the file cannot be read (ENOENT)'],
  ])('%j: an error that names the variable and nothing else', async (env, message) => {
    expect(await refusal(env)).toEqual(new Error(message))
    expect(await refusal(env)).not.toHaveProperty('cause')
  })
})
