import { parseCatalog } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { fingerprintOf } from './key-ring.ts'
import { createProviderKeys } from './provider-keys.ts'

const provider = (key_variable: string) => ({ base_url: 'https://one.example/v1', region: 'eu', key_variable })
const price = { input_per_million: '1', output_per_million: '1', currency: 'USD', as_of: '2026-11-01' }
const catalog = parseCatalog({
  providers: { near: provider('NEAR_KEY'), far: provider('FAR_KEY') },
  models: [{ id: 'one', quality: 1, context_tokens: 1000, routes: [{ provider: 'near', price }] }],
  aliases: { balanced: ['one'] },
})

type Vault = Record<string, string[]>

const breakerHarness = (env: Record<string, string | undefined>, { vault = null as Vault | null } = {}) => {
  const files: Record<string, string> = {}
  const clock = { ms: 1_000_000 }
  const asked: string[][] = []
  const held = { vault }
  const keys = createProviderKeys({
    catalog,
    env,
    readFile: async (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return text
    },
    readVault:
      vault === null
        ? null
        : async (variables) => {
            asked.push(variables)
            if (held.vault === null) throw new Error('the database is away')
            return held.vault
          },
    now: () => clock.ms,
  })
  /** The keys of a provider, each in its turn. */
  const allOf = (name: string) => {
    const ring = keys.ringOf(name)
    return Array.from({ length: ring.size() }, () => ring.next()?.reveal()).sort()
  }
  return { keys, files, env, clock, asked, held, allOf }
}

describe('keys come from', () => {
  test('the environment, from which they are taken', async () => {
    const { keys, env, allOf } = breakerHarness({ NEAR_KEY: 'sk-1,sk-2', OTHER: 'x' })
    await keys.load()
    expect([allOf('near'), allOf('far')]).toEqual([['sk-1', 'sk-2'], []])
    expect(env).toEqual({ OTHER: 'x' })
  })

  test('a file, which stays named', async () => {
    const { keys, files, env, allOf } = breakerHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1 # the old one\nsk-2\n'
    await keys.load()
    expect(allOf('near')).toEqual(['sk-1', 'sk-2'])
    expect(env).toEqual({ NEAR_KEY_FILE: '/keys/near' })
  })

  test("the vault, once there is a database to ask, by the catalog's variables", async () => {
    const { keys, asked, allOf } = breakerHarness({}, { vault: { FAR_KEY: ['sk-9'] } })
    await keys.load()
    expect([asked, keys.some()]).toEqual([[], false])
    await keys.reload()
    expect(asked).toEqual([['NEAR_KEY', 'FAR_KEY']])
    expect([allOf('far'), keys.some()]).toEqual([['sk-9'], true])
  })

  test('a file before the vault', async () => {
    const { keys, files, allOf } = breakerHarness({ NEAR_KEY_FILE: '/keys/near' }, { vault: { NEAR_KEY: ['sk-9'] } })
    files['/keys/near'] = 'sk-1'
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test('nowhere: there are none, and it is known what would have to be set', async () => {
    const { keys } = breakerHarness({ NEAR_KEY: '' })
    await keys.load()
    expect([keys.some(), keys.variables]).toEqual([false, ['NEAR_KEY', 'FAR_KEY']])
  })
})

describe('when they are read again', () => {
  test('new keys of a file are used, those that stay keep their rest', async () => {
    const { keys, files, allOf } = breakerHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1,sk-2'
    await keys.load()
    keys.ringOf('near').failed(fingerprintOf('sk-2'))
    files['/keys/near'] = 'sk-2,sk-3'
    await keys.reload()
    expect(keys.counts()).toEqual([
      { provider: 'near', keys: 2, resting: 1 },
      { provider: 'far', keys: 0, resting: 0 },
    ])
    expect(allOf('near')).toEqual(['sk-3', 'sk-3'])
  })

  test('the ring stays the same, so that who holds it has the new keys', async () => {
    const { keys, files } = breakerHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1'
    await keys.load()
    const ring = keys.ringOf('near')
    files['/keys/near'] = 'sk-2'
    await keys.reload()
    expect(ring.next()?.reveal()).toBe('sk-2')
  })

  test('those of the environment stay, though they stand there no more', async () => {
    const { keys, allOf } = breakerHarness({ NEAR_KEY: 'sk-1' }, { vault: {} })
    await keys.load()
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test("those of the environment stay before the vault's, as on the first day", async () => {
    const { keys, allOf } = breakerHarness({ NEAR_KEY: 'sk-1' }, { vault: { NEAR_KEY: ['sk-9'] } })
    await keys.load()
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test.each<[string, (generated: ReturnType<typeof breakerHarness>) => void]>([
    ['a file that is gone', ({ files }) => delete files['/keys/near']],
    ['a file without a key', ({ files }) => Object.assign(files, { '/keys/near': '# later\n' })],
    ['a vault that is away', ({ held }) => Object.assign(held, { vault: null })],
  ])('%s leaves those that there are', async (_, breakIt) => {
    const generated = breakerHarness({ NEAR_KEY_FILE: '/keys/near' }, { vault: {} })
    generated.files['/keys/near'] = 'sk-1'
    await generated.keys.load()
    breakIt(generated)
    await expect(generated.keys.reload()).rejects.toThrow()
    expect(generated.allOf('near')).toEqual(['sk-1'])
  })
})

test.each<[string, Record<string, string>, string]>([
  ['both are set', { NEAR_KEY: 'sk-secret', NEAR_KEY_FILE: '/keys/secret' }, 'NEAR_KEY and NEAR_KEY_FILE are both set'],
  ['a key stands in the path’s place', { NEAR_KEY_FILE: 'sk-secret' }, 'NEAR_KEY_FILE: the file cannot be read'],
  ['a key cannot be one', { FAR_KEY: 'sk-secret–dash' }, 'FAR_KEY: a key has a character on line 1'],
  ['there is nothing in it', { FAR_KEY: ' , ' }, 'FAR_KEY is set, but there is no key in it'],
])('when %s, the variable is named, and no value', async (_, env, complaint) => {
  const error: unknown = await breakerHarness(env)
    .keys.load()
    .catch((thrown: unknown) => thrown)
  expect(String(error)).toContain(complaint)
  expect(String(error)).not.toContain('secret')
})

test('a provider that is not in the catalog is a defect', () => {
  expect(() => breakerHarness({}).keys.ringOf('nowhere')).toThrow(RangeError)
})
