import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKeys, readKeys } from './key-sources.ts'

describe('parseKeys', () => {
  test.each([
    ['one key', 'sk-a', ['sk-a']],
    ['keys separated by commas', 'sk-a,sk-b , sk-c,', ['sk-a', 'sk-b', 'sk-c']],
    ['keys on lines', 'sk-a\nsk-b\r\n\r\n\tsk-c\n', ['sk-a', 'sk-b', 'sk-c']],
    ['keys with quotes around each or all of them', `"sk-a",'sk-b'\n"sk-c,sk-d"`, ['sk-a', 'sk-b', 'sk-c', 'sk-d']],
    ['keys beside comments', '# the team’s keys, "old": sk-x\nsk-a # first\n#sk-y\nsk-b', ['sk-a', 'sk-b']],
    ['a key that contains #', 'sk-a#b', ['sk-a#b']],
    ['duplicate keys', 'sk-a,sk-b,sk-a', ['sk-a', 'sk-b']],
    ['a key after a byte order mark', '\u{feff}sk-a', ['sk-a']],
    ['no key from a text without keys', ' ,\n# none\n', []],
  ])('reads %s', (_, text, keys) => {
    expect(parseKeys(text)).toEqual(keys)
  })

  test.each(['\u0000', '\u001b', '\u007f', '\u00a0', '\u200b', 'ż', '🔑'])(
    'throws an error that names the line of the character %j',
    (character) => {
      expect(() => parseKeys(`sk-secret\nsk-${character}secret`)).toThrow(
        /^a key has a character on line 2 that no key can have$/,
      )
    },
  )

  test('returns any keys, however they are separated', () => {
    const character = fc.constantFrom(...'abzAZ09-_.:+/=#')
    const key = fc.string({ unit: character, minLength: 1 }).filter((drawn) => !drawn.startsWith('#'))
    const separator = fc.constantFrom(',', ' ', '\n', '\r\n', ', ', ' # and\n', '","')
    fc.assert(
      fc.property(fc.array(fc.tuple(key, separator)), (drawn) => {
        expect(parseKeys(drawn.flat().join(''))).toEqual([...new Set(drawn.map(([first]) => first))])
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
  const errorOf = (env: Record<string, string>) =>
    read(env).then(
      () => null,
      (error: unknown) => error,
    )

  test.each([
    ['no keys when neither variable is set', {}, []],
    ['no keys when both variables are empty', { ACME_KEY: '', ACME_KEY_FILE: '' }, []],
    ['the keys in the variable', { ACME_KEY: 'sk-a,sk-b', ACME_KEY_FILE: '' }, ['sk-a', 'sk-b']],
    ['the keys in the file', { ACME_KEY_FILE: '/own/keys' }, ['sk-a', 'sk-b']],
  ])('returns %s', async (_, env, keys) => {
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
    // A key that was set in place of a path does not appear in the error.
    [{ ACME_KEY_FILE: 'sk-secret' }, 'ACME_KEY_FILE: the file cannot be read (ENOENT)'],
  ])('throws for %j an error that names the variable and no value', async (env, message) => {
    expect(await errorOf(env)).toEqual(new Error(message))
    expect(await errorOf(env)).not.toHaveProperty('cause')
  })
})
