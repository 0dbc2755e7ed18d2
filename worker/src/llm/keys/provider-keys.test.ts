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

/** Two providers that share one variable, as two hosts of one company do, with another one between them. */
const sharing = parseCatalog({
  ...catalog,
  providers: { near: provider('NEAR_KEY'), far: provider('FAR_KEY'), twin: provider('NEAR_KEY') },
})

type Vault = Record<string, string[]>

const keysHarness = (env: Record<string, string | undefined>, { vault = null as Vault | null, of = catalog } = {}) => {
  const files: Record<string, string> = {}
  const clock = { ms: 1_000_000 }
  const vaultReads: string[][] = []
  const current = { vault }
  const keys = createProviderKeys({
    catalog: of,
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
            vaultReads.push(variables)
            if (current.vault === null) throw new Error('the database is away')
            return current.vault
          },
    now: () => clock.ms,
  })
  /** All keys of a provider, sorted. */
  const allOf = (name: string) => {
    const ring = keys.ringOf(name)
    return Array.from({ length: ring.size() }, () => ring.next()?.reveal()).sort()
  }
  return { keys, files, env, clock, vaultReads, current, allOf }
}

describe('providerKeys.load and reload read', () => {
  test('the keys in an environment variable, and delete the variable', async () => {
    const { keys, env, allOf } = keysHarness({ NEAR_KEY: 'sk-1,sk-2', OTHER: 'x' })
    await keys.load()
    expect([allOf('near'), allOf('far')]).toEqual([['sk-1', 'sk-2'], []])
    expect(env).toEqual({ OTHER: 'x' })
  })

  test('the keys in a file, and keep the variable that names it', async () => {
    const { keys, files, env, allOf } = keysHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1 # the old one\nsk-2\n'
    await keys.load()
    expect(allOf('near')).toEqual(['sk-1', 'sk-2'])
    expect(env).toEqual({ NEAR_KEY_FILE: '/keys/near' })
  })

  test("the keys in the vault on reload only, by the catalog's variables", async () => {
    const { keys, vaultReads, allOf } = keysHarness({}, { vault: { FAR_KEY: ['sk-9'] } })
    await keys.load()
    expect([vaultReads, keys.some()]).toEqual([[], false])
    await keys.reload()
    expect(vaultReads).toEqual([['NEAR_KEY', 'FAR_KEY']])
    expect([allOf('far'), keys.some()]).toEqual([['sk-9'], true])
  })

  test('the keys in a file before those in the vault', async () => {
    const { keys, files, allOf } = keysHarness({ NEAR_KEY_FILE: '/keys/near' }, { vault: { NEAR_KEY: ['sk-9'] } })
    files['/keys/near'] = 'sk-1'
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test('no keys when none are set, and the variables that may hold keys are known', async () => {
    const { keys } = keysHarness({ NEAR_KEY: '' })
    await keys.load()
    expect([keys.some(), keys.variables]).toEqual([false, ['NEAR_KEY', 'FAR_KEY']])
  })
})

describe('providerKeys.reload', () => {
  test('uses the new keys of a file, and keeps the rest of known keys', async () => {
    const { keys, files, allOf } = keysHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1,sk-2'
    await keys.load()
    keys.ringOf('near').reportUnauthorized(fingerprintOf('sk-2'))
    files['/keys/near'] = 'sk-2,sk-3'
    await keys.reload()
    expect(keys.counts()).toEqual([
      { provider: 'near', keys: 2, resting: 1, refused: 1 },
      { provider: 'far', keys: 0, resting: 0, refused: 0 },
    ])
    expect(allOf('near')).toEqual(['sk-3', 'sk-3'])
  })

  test('keeps the same ring, so that its holders get the new keys', async () => {
    const { keys, files } = keysHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'sk-1'
    await keys.load()
    const ring = keys.ringOf('near')
    files['/keys/near'] = 'sk-2'
    await keys.reload()
    expect(ring.next()?.reveal()).toBe('sk-2')
  })

  test('keeps keys from a variable that was deleted when they were read', async () => {
    const { keys, allOf } = keysHarness({ NEAR_KEY: 'sk-1' }, { vault: {} })
    await keys.load()
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test("keeps preferring keys from a variable to the vault's", async () => {
    const { keys, allOf } = keysHarness({ NEAR_KEY: 'sk-1' }, { vault: { NEAR_KEY: ['sk-9'] } })
    await keys.load()
    await keys.reload()
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test.each<[string, (harness: ReturnType<typeof keysHarness>) => void]>([
    ['a file is missing', ({ files }) => delete files['/keys/near']],
    ['a file has no key', ({ files }) => Object.assign(files, { '/keys/near': '# later\n' })],
    ['the vault is unreachable', ({ current }) => Object.assign(current, { vault: null })],
  ])('throws and keeps the known keys when %s', async (_, breakSource) => {
    const harness = keysHarness({ NEAR_KEY_FILE: '/keys/near' }, { vault: {} })
    harness.files['/keys/near'] = 'sk-1'
    await harness.keys.load()
    breakSource(harness)
    await expect(harness.keys.reload()).rejects.toThrow()
    expect(harness.allOf('near')).toEqual(['sk-1'])
  })
})

test.each<[string, Record<string, string>, string]>([
  [
    'variable and file are both set',
    { NEAR_KEY: 'sk-secret', NEAR_KEY_FILE: '/keys/secret' },
    'NEAR_KEY and NEAR_KEY_FILE are both set',
  ],
  ['a key is set in place of a path', { NEAR_KEY_FILE: 'sk-secret' }, 'NEAR_KEY_FILE: the file cannot be read'],
  ['a key has an invalid character', { FAR_KEY: 'sk-secret–dash' }, 'FAR_KEY: a key has a character on line 1'],
  ['a variable has no key', { FAR_KEY: ' , ' }, 'FAR_KEY is set, but there is no key in it'],
])('providerKeys.load throws an error that names the variable and no value when %s', async (_, env, message) => {
  const error: unknown = await keysHarness(env)
    .keys.load()
    .catch((thrown: unknown) => thrown)
  expect(String(error)).toContain(message)
  expect(String(error)).not.toContain('secret')
})

test('providerKeys.ringOf throws for a provider that is not in the catalog', () => {
  expect(() => keysHarness({}).keys.ringOf('nowhere')).toThrow(RangeError)
})

describe('two providers that share one key variable both have', () => {
  test('the keys in the environment variable, also after a reload', async () => {
    const { keys, env, allOf } = keysHarness({ NEAR_KEY: 'sk-1,sk-2', FAR_KEY: 'sk-3' }, { of: sharing })
    await keys.load()
    expect([allOf('near'), allOf('far'), allOf('twin')]).toEqual([['sk-1', 'sk-2'], ['sk-3'], ['sk-1', 'sk-2']])
    expect(env).toEqual({})
    await keys.reload()
    expect(allOf('twin')).toEqual(['sk-1', 'sk-2'])
  })

  test('the keys in the file, also those that a reload adds', async () => {
    const { keys, files, allOf } = keysHarness({ NEAR_KEY_FILE: '/keys/near' }, { of: sharing })
    files['/keys/near'] = 'sk-1'
    await keys.load()
    files['/keys/near'] = 'sk-1 sk-2'
    await keys.reload()
    expect([allOf('near'), allOf('twin')]).toEqual([
      ['sk-1', 'sk-2'],
      ['sk-1', 'sk-2'],
    ])
  })

  test('the keys in the vault, which is asked for the variable once', async () => {
    const { keys, vaultReads, allOf } = keysHarness({}, { of: sharing, vault: { NEAR_KEY: ['sk-9'] } })
    await keys.reload()
    expect(vaultReads).toEqual([['NEAR_KEY', 'FAR_KEY']])
    expect([allOf('near'), allOf('twin')]).toEqual([['sk-9'], ['sk-9']])
    expect(keys.variables).toEqual(['NEAR_KEY', 'FAR_KEY'])
  })

  test('a ring of its own: a key that one of them rejects stays in use at the other', async () => {
    const { keys } = keysHarness({ NEAR_KEY: 'sk-1' }, { of: sharing })
    await keys.load()
    keys.ringOf('near').reportUnauthorized(fingerprintOf('sk-1'))
    expect([keys.ringOf('near').next(), keys.ringOf('twin').next()?.reveal()]).toEqual([null, 'sk-1'])
  })
})

describe('a placeholder instead of a key', () => {
  const refusal = /NEAR_KEY\S* holds a placeholder \(dummy, test or placeholder\)/

  test.each(['dummy', 'TEST', 'Placeholder', 'sk-1, dummy'])('in a variable is refused: %s', async (text) => {
    const { keys } = keysHarness({ NEAR_KEY: text })
    await expect(keys.load()).rejects.toThrow(refusal)
  })

  test('in a file is refused', async () => {
    const { keys, files } = keysHarness({ NEAR_KEY_FILE: '/keys/near' })
    files['/keys/near'] = 'dummy\n'
    await expect(keys.load()).rejects.toThrow(refusal)
  })

  test('in the vault is refused, and the keys stay as they were', async () => {
    const { keys, current, allOf } = keysHarness({}, { vault: { NEAR_KEY: ['sk-1'] } })
    await keys.reload()
    current.vault = { NEAR_KEY: ['placeholder'] }
    await expect(keys.reload()).rejects.toThrow(refusal)
    expect(allOf('near')).toEqual(['sk-1'])
  })

  test.each(['testing-key-1', 'sk-test', 'none', 'EMPTY'])('is not what only resembles one: %s', async (text) => {
    const { keys, allOf } = keysHarness({ NEAR_KEY: text })
    await keys.load()
    expect(allOf('near')).toEqual([text])
  })
})
