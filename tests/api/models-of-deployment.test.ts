import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, startApiSystem } from './api-system.ts'
import { connect, outcomeOf } from './client.ts'
import { listOf, regionsIn } from './model-list.ts'

const path = '/api/ai/models'
const folder = mkdtempSync(join(tmpdir(), 'recto-models-'))
let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(async () => {
  await apiSystem?.stop()
  rmSync(folder, { recursive: true })
})

describe('a deployment with residency eu', () => {
  it('lists and accepts only models in the EU', async () => {
    const call = callAs(await connect((await apiSystem.system.startApi({ RECTO_DATA_RESIDENCY: 'eu' })).url), ana)
    expect(regionsIn(listOf(await call('GET', path)))).toEqual(['eu'])
    const submit = (more: object) =>
      call('POST', generationsPath, { body: { source_text: newText(), ...more } }).then(outcomeOf)
    expect(await submit({ model: 'openai/gpt-oss-20b' })).toBe('400 residency_unavailable')
    expect(await submit({ model: 'openai/gpt-oss-20b', data_residency: 'any' })).toBe('400 residency_unavailable')
    expect(await submit({})).toBe('202')
    expect(outcomeOf(await call('POST', '/api/ai/test', { body: { model: 'openai/gpt-oss-20b' } }))).toBe(
      '400 residency_unavailable',
    )
  })
})

describe('a catalog of the deployment', () => {
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const catalog = {
    providers: { lab: { base_url: 'https://lab.example/v1', region: 'eu', key_variable: 'LAB_KEY' } },
    models: [
      {
        id: 'lab/tiny',
        quality: 10,
        context_tokens: 32_000,
        routes: [
          {
            provider: 'lab',
            price: { input_per_million: '0.01', output_per_million: '0.02', currency: 'USD', as_of: '2026-11-01' },
          },
        ],
      },
    ],
    aliases: { balanced: ['lab/tiny'] },
  }

  it('decides what is listed, documented and accepted', async () => {
    const api = await apiSystem.system.startApi({ RECTO_MODELS: write('mine.json', JSON.stringify(catalog)) })
    const send = await connect(api.url)
    const call = callAs(send, ana)
    expect(listOf(await call('GET', path)).data.map(({ id }) => id)).toEqual(['lab/tiny'])
    expect((await send('GET', '/openapi.json')).text).toContain('"examples":["balanced","lab/tiny"]')
    const submit = (model: string) => call('POST', generationsPath, { body: { source_text: newText(), model } })
    expect(outcomeOf(await submit('lab/tiny'))).toBe('202')
    const unknown = await submit('fast')
    expect(outcomeOf(unknown)).toBe('400 unknown_model')
    expect(unknown.json).toMatchObject({ detail: 'The models are: balanced, lab/tiny.' })
  })

  it.each([
    ['a missing file', () => join(folder, 'none.json'), 'RECTO_MODELS: the file cannot be read (ENOENT)'],
    ['a file that is not JSON', () => write('half.json', '{"providers": '), 'RECTO_MODELS: the file is not JSON'],
    [
      'a file with a mistake',
      () => write('wrong.json', JSON.stringify({ ...catalog, aliases: { balanced: ['lab/big'] } })),
      'aliases.balanced.0: names a model that is not listed',
    ],
  ])('keeps the API from starting when it is %s', async (_what, file, complaint) => {
    await expect(apiSystem.system.startApi({ RECTO_MODELS: file() })).rejects.toThrow(complaint)
  })
})

it('an API whose RECTO_DATA_RESIDENCY is unknown does not start', async () => {
  await expect(apiSystem.system.startApi({ RECTO_DATA_RESIDENCY: 'EU' })).rejects.toThrow('RECTO_DATA_RESIDENCY')
})
