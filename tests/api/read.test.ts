import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const pathOf = (id: string, query = '') => `${generationsPath}/${id}${query}`
const submitted = async () => idOf(await ana.submit())

/** Changes the state of a generation as the worker would. */
const start = async (id: string) => {
  await apiSystem.system.admin.query(
    `update public.ai_generations set status = 'running', attempts = 1, started_at = now() where id = $1`,
    [id],
  )
}

describe('GET /api/ai/generations/:id', () => {
  it('answers as documented, with money as text and times in UTC', async () => {
    const { id } = await seedGeneration(apiSystem.system.admin, ana.id)
    const answer = await ana.call('GET', pathOf(id))
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(answer.json).toEqual({
      id,
      kind: 'flashcards',
      status: 'succeeded',
      model: 'balanced',
      prompt_version: 'flashcards@1',
      options: {},
      attempts: 1,
      suggestions_count: 2,
      tokens_input: 310,
      tokens_output: 120,
      cost_usd: '0.00012345',
      ai_metadata: {},
      error: null,
      created_at: time,
      started_at: time,
      finished_at: time,
      updated_at: time,
    })
    expect(answer.headers.get('retry-after')).toBeNull()
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    expect(answer.headers.get('vary')).toContain('Authorization')
  })

  it.each([
    '{}',
    '[]',
    '"it failed"',
    '{"code": 7, "message": null, "retryable": "no", "attempts": 1.5, "timing": [], "dropped": {"a": "b"}, "cause": 1}',
    '{"code": "mended_by_hand", "message": "See the log.", "retryable": false, "operator": "ops"}',
  ])('answers an error that was written by hand as documented, with what can be read of it: %s', async (error) => {
    const id = await submitted()
    await apiSystem.system.admin.query(
      `update public.ai_generations set status = 'failed', finished_at = now(), error = $2, ai_metadata = '[1]' where id = $1`,
      [id, error],
    )
    const answers = [
      await ana.call('GET', pathOf(id)),
      await ana.call('GET', pathOf('', '?status=failed&limit=1').replace('/?', '?')),
      await ana.call('POST', pathOf(id, '/cancel')),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const byHand = error.includes('mended_by_hand')
    expect(answers[0]?.json).toMatchObject({
      status: 'failed',
      ai_metadata: {},
      error: {
        code: byHand ? 'mended_by_hand' : 'internal_error',
        message: byHand ? 'See the log.' : 'Something went wrong.',
        retryable: !byHand,
        attempts: 0,
        provider: null,
        timing: {},
      },
    })
  })

  it('has a Retry-After that grows with the age of a live generation', async () => {
    const id = await submitted()
    const pollInterval = async () => Number((await ana.call('GET', pathOf(id))).headers.get('retry-after'))
    expect(await pollInterval()).toBe(1)
    await apiSystem.system.admin.query(
      `update public.ai_generations set created_at = now() - interval '30 s' where id = $1`,
      [id],
    )
    expect(await pollInterval()).toBe(5)
    await apiSystem.system.admin.query(
      `update public.ai_generations set created_at = now() - interval '1 h' where id = $1`,
      [id],
    )
    expect(await pollInterval()).toBe(10)
  })

  it('lists suggestions in order of position', async () => {
    const { id, suggestionIds } = await seedGeneration(apiSystem.system.admin, ana.id)
    const { json } = await ana.call('GET', pathOf(id, '/suggestions'))
    const { data } = z.object({ data: z.array(z.looseObject({ id: z.string(), front: z.string() })) }).parse(json)
    expect(data.map(({ front }) => front)).toEqual(['Front 1', 'Front 2'])
    expect(data.map((card) => card.id)).toEqual(suggestionIds)
    expect(json).toMatchObject({ status: 'succeeded', next_cursor: null })
  })

  it('tells with an empty list of suggestions whether there may be some later', async () => {
    const id = await submitted()
    const list = async () => {
      const { json, headers } = await ana.call('GET', pathOf(id, '/suggestions'))
      return [json, headers.get('retry-after')]
    }
    const none = (status: string) => ({ status, data: [], next_cursor: null })
    expect(await list()).toEqual([none('pending'), '1'])
    await start(id)
    expect(await list()).toEqual([none('running'), '1'])
    await apiSystem.system.admin.query(
      `update public.ai_generations set status = 'failed', error = '{}', finished_at = now() where id = $1`,
      [id],
    )
    expect(await list()).toEqual([none('failed'), null])
    const cancelled = await submitted()
    await ana.call('POST', pathOf(cancelled, '/cancel'))
    expect((await ana.call('GET', pathOf(cancelled, '/suggestions'))).json).toEqual(none('cancelled'))
  })

  it.each(['GET /{id}', 'GET /{id}/suggestions', 'POST /{id}/cancel', 'DELETE /{id}'])(
    'answers 404 for an id that does not exist: %s',
    async (endpoint) => {
      const [method = '', path = ''] = endpoint.split(' ')
      for (const id of [randomUUID(), 'no-uuid', '1', '%00', `${'f'.repeat(36)}`, "'%20or%20true"]) {
        expect(outcomeOf(await ana.call(method, `${generationsPath}${path.replace('{id}', id)}`)), id).toBe(
          '404 not_found',
        )
      }
    },
  )
})

describe('the ETag of a generation', () => {
  it('answers 304 without a body until something changes', async () => {
    const id = await submitted()
    const etag = (await ana.call('GET', pathOf(id))).headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/".+"$/)
    const conditional = (value: string) => ana.call('GET', pathOf(id), { headers: { 'if-none-match': value } })
    for (const value of [etag, `"other", ${etag}`, '*', etag.slice(2)]) {
      const answer = await conditional(value)
      expect([answer.status, answer.text, answer.headers.get('etag')], value).toEqual([304, '', etag])
      expect(answer.headers.get('retry-after')).toBe('1')
    }
    expect((await conditional('W/"other"')).status).toBe(200)
    await start(id)
    const changed = await conditional(etag)
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
  })
})
