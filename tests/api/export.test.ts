import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { whenOver } from '../support/generations.ts'
import { findingRow, seedGeneration, seedReview } from '../support/seed.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook } from '../support/webhook.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.startWorker()
})
afterAll(() => apiSystem?.stop())

const dataPath = '/api/ai/data'
const Line = z.strictObject({ type: z.string(), data: z.record(z.string(), z.unknown()) })

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)))
const exported = async (person: ApiPerson) => linesOf((await person.call('GET', dataPath)).text)
const ofType = (lines: z.infer<typeof Line>[], type: string) =>
  lines.filter((line) => line.type === type).map(({ data }) => data)

describe('GET /api/ai/data', () => {
  it('exports everything of the caller and nothing of others, not even shared texts of a team', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']], { shares: true })
    const inviting = await createTeam(apiSystem.system, ben.id)
    await call(apiSystem.system, ben.id, `public.invite_member($1, $2, 'admin')`, [inviting, ana.id])
    const [webhook, teamWebhook] = [
      await addWebhook(apiSystem.system, ana.id, ana.id, { url: 'https://receiver.invalid/mine' }),
      await addWebhook(apiSystem.system, ana.id, team, { url: 'https://receiver.invalid/ours' }),
    ]
    const source_text = newText()
    const id = idOf(await ana.submit({ source_text }, { 'idempotency-key': 'lesson-1' }))
    // The deliveries of webhooks are in the order of the ends.
    await whenOver(apiSystem.system, id)
    const teams = idOf(await ana.submit({ source_text: newText(), account_id: team }))
    const bens = idOf(await ben.submit({ source_text: newText(), account_id: team }))
    for (const each of [teams, bens]) await whenOver(apiSystem.system, each)
    for (const by of [ana, ben])
      await apiSystem.system.admin.query(
        `insert into public.cards (user_id, front, back, tags) values ($1, $2, 'Back', array['mine'])`,
        [by.id, `Front of ${by.id}`],
      )
    for (const by of [ana, ben]) {
      const due = z.object({ data: z.array(z.object({ card: z.object({ id: z.string() }) })) })
      const [entry] = due.parse((await by.call('GET', '/api/cards/due')).json).data
      const body = { id: '2f1c0a7d-6f0e-4b53-8a53-3c2a2f0f6b11', rating: 'easy' }
      await by.call('POST', `/api/cards/${entry?.card.id}/reviews`, { body })
    }
    await ana.call('POST', '/api/ai/test', { body: { message: 'Who is there?' } })
    await ana.call('POST', `${generationsPath}?dry_run=true`, { body: { source_text } })

    const reply = await ana.call('GET', dataPath)
    expect(reply.headers.get('content-type')).toBe('application/jsonl')
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="recto-data.jsonl"')
    expect(reply.headers.get('cache-control')).toBe('no-store')
    const lines = linesOf(reply.text)
    expect(ofType(lines, 'generation').map((generation) => generation.id)).toEqual([id, teams])
    expect(ofType(lines, 'generation')[0]).toMatchObject({
      source_text,
      idempotency_key: 'lesson-1',
      status: 'succeeded',
      cost_usd: expect.stringMatching(/^0\.\d+$/),
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const { rows } = await apiSystem.system.admin.query(
      `select (select count(*)::int from public.ai_suggestions where user_id = $1) as suggestion,
         (select count(*)::int from public.ai_calls where user_id = $1) as call,
         (select count(*)::int from recto.admissions where account_id = $1) as admission`,
      [ana.id],
    )
    for (const [type, count] of Object.entries(rows[0]))
      expect([type, ofType(lines, type).length]).toEqual([type, count])
    expect(ofType(lines, 'account')).toMatchObject([{ id: ana.id, kind: 'personal', plan: 'free' }])
    expect(ofType(lines, 'membership')).toMatchObject([{ account_id: team, role: 'owner', name: 'Night class' }])
    expect(ofType(lines, 'invitation')).toEqual([
      { account_id: inviting, role: 'admin', team_name: 'Night class', created_at: expect.any(String) },
    ])
    expect(ofType(lines, 'connection_check')).toMatchObject([{ message: 'Who is there?' }])
    expect(ofType(lines, 'dry_runs')).toEqual([{ began_at: expect.any(String), used: 1 }])
    expect(ofType(lines, 'card')).toMatchObject([{ front: `Front of ${ana.id}`, origin: 'manual', tags: ['mine'] }])
    const learnt = { card_id: ofType(lines, 'card')[0]?.id, state: 'review', scheduled_days: 8, reps: 1, lapses: 0 }
    expect(ofType(lines, 'card_schedule')).toMatchObject([{ ...learnt, last_reviewed_at: expect.any(String) }])
    expect(ofType(lines, 'card_review')).toMatchObject([{ ...learnt, rating: 'easy', reviewed_at: expect.any(String) }])
    expect(ofType(lines, 'suggestion')[0]).toMatchObject({ status: 'proposed', edited: false, reject_reason: null })
    expect(ofType(lines, 'webhook')).toMatchObject([
      { id: webhook, url: 'https://receiver.invalid/mine', enabled: true },
      { id: teamWebhook, account_id: team },
    ])
    expect(ofType(lines, 'webhook_delivery')).toMatchObject([
      { endpoint_id: webhook, type: 'generation.succeeded', data: { generation_id: id }, attempts: expect.any(Array) },
      { endpoint_id: teamWebhook, account_id: team, data: { generation_id: teams } },
    ])
    expect(reply.text).not.toMatch(/whsec_|whsk_/)
    expect(ofType(lines, 'spending')).toHaveLength(1)
    expect(ofType(lines, 'audit').length).toBeGreaterThan(0)
    expect(lines.at(-1)).toEqual({ type: 'end', data: { lines: lines.length - 1 } })

    for (const { type, data } of lines.filter(({ type }) => type === 'suggestion'))
      expect([type, data.generation_id === id || data.generation_id === teams]).toEqual([type, true])
    expect(reply.text).not.toContain(bens)
    // The fingerprint of an API key belongs to the operator.
    expect(reply.text).not.toMatch(/fingerprint":"[0-9a-f]{12}"/)
  })

  it('exports the findings of a code review after it, and none of others', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const { admin } = apiSystem.system
    const { id, findingId } = await seedReview(admin, ana.id)
    await seedReview(admin, ben.id)
    const lines = await exported(ana)
    const types = lines.map(({ type }) => type)
    expect(types.slice(types.indexOf('generation'), types.indexOf('generation') + 2)).toEqual(['generation', 'finding'])
    expect(ofType(lines, 'finding')).toMatchObject([{ id: findingId, generation_id: id, ...findingRow }])
  })

  it('exports what an operator has set for the account of the person', async () => {
    const ana = await apiSystem.person()
    await apiSystem.system.admin.query(
      `insert into recto.account_settings (account_id, data_residency, scrub, text_days) values ($1, 'eu', true, 7)`,
      [ana.id],
    )
    expect(ofType(await exported(ana), 'setting')).toEqual([
      { account_id: ana.id, data_residency: 'eu', scrub: true, text_days: 7 },
    ])
    await apiSystem.system.admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"per_day": 500}', 'infinity')`,
      [ana.id],
    )
    await apiSystem.system.admin.query(
      `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
       values ($1, '2026-11-01', 80, 1.00, 0.80)`,
      [ana.id],
    )
    const lines = await exported(ana)
    expect(ofType(lines, 'override')).toMatchObject([
      { changes: { per_day: 500 }, starts_at: null, expires_at: 'infinity' },
    ])
    expect(ofType(lines, 'alert')).toMatchObject([{ month: '2026-11-01', threshold: 80, spent_usd: '0.8' }])
    expect(ofType(lines, 'audit').length).toBeGreaterThanOrEqual(2)
  })

  it('exports reviews with the least and the greatest id', async () => {
    const ana = await apiSystem.person()
    const { id } = (await ana.call('POST', '/api/cards', { body: { front: 'Front', back: 'Back' } })).json as {
      id: string
    }
    const ids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
    for (const review of ids) {
      const reply = await ana.call('POST', `/api/cards/${id}/reviews`, { body: { id: review, rating: 'good' } })
      expect(reply.status).toBe(201)
    }
    expect(ofType(await exported(ana), 'card_review').map((review) => review.id)).toEqual(ids)
  })

  it('exports only the end line for a person without data', async () => {
    const lines = await exported(await apiSystem.person())
    expect(lines).toEqual([{ type: 'end', data: { lines: 0 } }])
  })

  it('exports each row once over all pages', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 60; n++) await seedGeneration(apiSystem.system.admin, person.id)
    // All calls get the same time, so that a page ends between calls of equal time.
    await apiSystem.system.admin.query(`update public.ai_calls set started_at = '2026-01-01' where user_id = $1`, [
      person.id,
    ])
    const lines = await exported(person)
    for (const [type, count] of [
      ['generation', 60],
      ['suggestion', 120],
      ['call', 60],
    ] as const)
      expect(new Set(ofType(lines, type).map((data) => data.id)).size).toBe(count)
  })

  it('answers 401 without a token', async () => {
    expect(outcomeOf(await apiSystem.send('GET', dataPath))).toBe('401 unauthorized')
  })
})
