import { describe, expect, it } from 'vitest'
import { bundledCatalog } from './catalog.ts'
import bundled from './models.json' with { type: 'json' }
import { readCatalog } from './read-catalog.ts'

const unread = () => {
  throw new Error('no file must be read')
}

describe('readCatalog', () => {
  it('answers the bundled catalog without RECTO_MODELS', () => {
    expect(readCatalog(undefined, unread)).toEqual(bundledCatalog())
  })

  it('answers the catalog of the file', () => {
    const aliases = { balanced: ['openai/gpt-oss-20b'] }
    const files: Record<string, string> = { 'mine.json': JSON.stringify({ ...bundled, aliases }) }
    expect(readCatalog('mine.json', (path) => files[path] ?? '').aliases).toEqual(aliases)
  })

  it('throws without the path when the file cannot be read', () => {
    const missing = () => {
      throw Object.assign(new Error('no such file: /home/me/mine.json'), { code: 'ENOENT' })
    }
    const complaint = /^RECTO_MODELS: the file cannot be read \(ENOENT\)$/
    expect(() => readCatalog('mine.json', missing)).toThrow(complaint)
  })

  it.each([
    ['is no JSON', '{"key": secret', /^RECTO_MODELS: the file is not JSON$/],
    ['is no catalog', '{"providers": {}}', /^RECTO_MODELS: .*not valid:\n( {2}models: .*\n {2}aliases: .*)$/],
  ])('throws when the file %s', (_what, text, complaint) => {
    expect(() => readCatalog('mine.json', () => text)).toThrow(complaint)
  })
})
