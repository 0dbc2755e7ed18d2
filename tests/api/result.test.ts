import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedGeneration } from '../support/seed.ts'
import { createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const pathOf = (id: string, query = '') => `${generationsPath}/${id}/result${query}`
const submitted = async () => idOf(await ana.submit())

/** Ends a generation as the worker would, and notifies the API processes. */
const fail = async (id: string, error: object = {}) => {
  await apiSystem.system.admin.query(
    `update public.ai_generations set status = 'failed', error = $2, finished_at = now() where id = $1`,
    [id, JSON.stringify(error)],
  )
  await apiSystem.system.admin.query(`select pg_notify('recto_status', $1)`, [`${randomUUID()},${id}`])
}

describe('GET /api/ai/generations/:id/result', () => {
  it('answers the suggestions of flashcards with what they were made by', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    const { data } = JSON.parse((await ana.call('GET', `${generationsPath}/${id}/suggestions`)).text)
    const answer = await ana.call('GET', pathOf(id))
    expect(answer.status).toBe(200)
    const time = expect.stringMatching(/Z$/)
    expect(answer.json).toEqual({
      kind: 'flashcards',
      generation_id: id,
      model: 'balanced',
      model_served: null,
      prompt_version: 'flashcards@1',
      grounded: true,
      created_at: time,
      finished_at: time,
      suggestions: data,
    })
    expect(data).toHaveLength(2)
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    expect(answer.headers.get('vary')).toContain('Authorization')
  })

  it('answers 202 with the generation and Retry-After while it is live', async () => {
    const id = await submitted()
    const answer = await ana.call('GET', pathOf(id))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '1'])
    expect(answer.json).toEqual((await ana.call('GET', `${generationsPath}/${id}`)).json)
  })

  it('answers 409 with the stored error when the generation has failed', async () => {
    const id = await submitted()
    await fail(id, { code: 'refused', message: 'The model refused this text.', retryable: false, attempts: 1 })
    const answer = await ana.call('GET', pathOf(id))
    expect(outcomeOf(answer)).toBe('409 generation_failed')
    const { error } = JSON.parse((await ana.call('GET', `${generationsPath}/${id}`)).text)
    expect(answer.json).toMatchObject({ detail: 'The model refused this text.', error })
    expect(error).toMatchObject({ code: 'refused', attempts: 1 })
  })

  it('answers 409 when the generation was cancelled, and 404 when it was deleted', async () => {
    const id = await submitted()
    await ana.call('POST', `${generationsPath}/${id}/cancel`)
    expect(outcomeOf(await ana.call('GET', pathOf(id)))).toBe('409 generation_cancelled')
    await ana.call('DELETE', `${generationsPath}/${id}`)
    expect(outcomeOf(await ana.call('GET', pathOf(id)))).toBe('404 not_found')
  })

  it.each(['xml', 'JSON', '', 'constructor', '__proto__', 'x'.repeat(41)])(
    'answers 400 for the format %j, with the formats of the kind, also while it is live',
    async (format) => {
      const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
      for (const one of [id, await submitted()]) {
        const answer = await ana.call('GET', pathOf(one, `?format=${format}`))
        expect(outcomeOf(answer)).toBe('400 invalid_request')
        const message = format.length > 40 ? expect.any(String) : 'must be json for a generation of the kind flashcards'
        expect(answer.json).toMatchObject({ errors: [{ path: 'format', message }] })
      }
    },
  )

  it('has an ETag that a review changes', async () => {
    const { id, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    const etag = (await ana.call('GET', pathOf(id))).headers.get('etag') ?? ''
    const again = () => ana.call('GET', pathOf(id), { headers: { 'if-none-match': etag } })
    const unchanged = await again()
    expect([unchanged.status, unchanged.text, unchanged.headers.get('etag')]).toEqual([304, '', etag])
    await ana.call('PATCH', `/api/ai/suggestions/${suggestionIds[0]}`, { body: { action: 'accept' } })
    const changed = await again()
    expect(changed.json).toMatchObject({ suggestions: [{ status: 'accepted' }, { status: 'proposed' }] })
  })

  it('answers the output of a kind of an earlier release, of which it does not say that it is proved', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    const output = { words: ['a', 'b'] }
    await apiSystem.system.admin.query(
      `update public.ai_generations set kind = 'glossary', source_text = null, input = '{}', output = $2 where id = $1`,
      [id, JSON.stringify(output)],
    )
    const { json } = await ana.call('GET', pathOf(id))
    expect(json).toMatchObject({ kind: 'glossary', generation_id: id, output, grounded: null })
    await apiSystem.system.admin.query('update public.ai_generations set output = null where id = $1', [id])
    expect((await ana.call('GET', pathOf(id))).json).toMatchObject({ kind: 'glossary', output: null })
  })

  it('shows the result to the members of a team that shares its texts, and to nobody else', async () => {
    const [ben, cem] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']], { shares: true })
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    await apiSystem.system.admin.query('update public.ai_generations set account_id = $2 where id = $1', [id, team])
    const read = async (person: ApiPerson) => outcomeOf(await person.call('GET', pathOf(id)))
    expect([await read(ana), await read(ben), await read(cem)]).toEqual(['200', '200', '404 not_found'])
  })
})

describe('GET /api/ai/generations/:id/result?wait=n', () => {
  it('answers as soon as the generation has ended, and not when it only starts', async () => {
    const id = await submitted()
    const before = await apiSystem.reads()
    const answer = ana.call('GET', pathOf(id), { headers: { prefer: 'wait=20' } })
    await until(async () => (await apiSystem.reads()) > before, { what: 'the read', timeoutMs: 30_000, everyMs: 5 })
    await apiSystem.system.admin.query(
      `update public.ai_generations set status = 'running', attempts = 1, started_at = now() where id = $1`,
      [id],
    )
    await apiSystem.system.admin.query(`select pg_notify('recto_status', $1)`, [`${randomUUID()},${id}`])
    await until(async () => (await apiSystem.reads()) > before + 1, {
      what: 'the read of the start',
      timeoutMs: 30_000,
      everyMs: 5,
    })
    await fail(id)
    expect(outcomeOf(await answer)).toBe('409 generation_failed')
  })

  it('answers 202 when the time is up', async () => {
    const id = await submitted()
    const answer = await ana.call('GET', pathOf(id), { headers: { prefer: 'wait=1' } })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
    expect(answer.json).toMatchObject({ id, status: 'pending' })
    expect(outcomeOf(await ana.call('GET', pathOf(id, '?wait=31')))).toBe('400 invalid_request')
  })
})
