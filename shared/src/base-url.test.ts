import { describe, expect, test } from 'vitest'
import { baseUrlOf } from './base-url.ts'
import { bundledCatalog } from './catalog.ts'

const { providers } = bundledCatalog()
const urlOf = (provider: string, env: Record<string, string> = {}) => {
  const listed = providers[provider]
  if (!listed) throw new RangeError(provider)
  return baseUrlOf(provider, listed, env)
}
const project = '7204a8f9-fcb9-4ebb-80a7-808ebf15314b'

describe('baseUrlOf', () => {
  test("answers the catalog's address of a provider", () => {
    expect(urlOf('scaleway')).toBe('https://api.scaleway.ai/v1')
    expect(urlOf('openai', { SCW_PROJECT_ID: project })).toBe('https://api.openai.com/v1')
  })

  test.each(['SCW_PROJECT_ID', 'SCW_DEFAULT_PROJECT_ID'])(
    "answers Scaleway's address of the project in %s",
    (variable) => {
      expect(urlOf('scaleway', { [variable]: project })).toBe(`https://api.scaleway.ai/${project}/v1`)
    },
  )

  test('prefers the first variable that is set, and takes an empty one as absent', () => {
    const other = '11111111-fcb9-4ebb-80a7-808ebf15314b'
    expect(urlOf('scaleway', { SCW_PROJECT_ID: other, SCW_DEFAULT_PROJECT_ID: project })).toContain(other)
    expect(urlOf('scaleway', { SCW_PROJECT_ID: '', SCW_DEFAULT_PROJECT_ID: project })).toContain(project)
    expect(urlOf('scaleway', { SCW_PROJECT_ID: '', SCW_DEFAULT_PROJECT_ID: '' })).toBe('https://api.scaleway.ai/v1')
  })

  test('answers the address of <NAME>_BASE_URL, whatever the project is', () => {
    const env = { SCALEWAY_BASE_URL: 'http://127.0.0.1:9/v1/', SCW_PROJECT_ID: project }
    expect(urlOf('scaleway', env)).toBe('http://127.0.0.1:9/v1')
  })

  test.each(['../other', 'a/b', 'a b', 'x?y', 'x#y', ' ', 'évry'])(
    'throws and names the variable for a project that is no id: %j',
    (value) => {
      expect(() => urlOf('scaleway', { SCW_DEFAULT_PROJECT_ID: value })).toThrow(
        /^SCW_DEFAULT_PROJECT_ID must be an id of letters, digits and -$/,
      )
    },
  )

  test('throws and names the variable for an address that is no URL', () => {
    expect(() => urlOf('scaleway', { SCALEWAY_BASE_URL: 'example' })).toThrow(/^SCALEWAY_BASE_URL must be/)
  })
})
