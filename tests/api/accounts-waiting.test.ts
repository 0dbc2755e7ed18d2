import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

const named = (account: string) => ({ 'x-recto-account': account })
const pathOf = (id: string, rest = '') => `${generationsPath}/${id}${rest}`

describe('an account at its limit of concurrent generations', () => {
  it('accepts a generation without a job, shows its place, and moves it up when another one ends', async () => {
    const { admin } = apiSystem.system
    const [mia, tom] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, mia.id, [[tom.id, 'member']])
    await admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"concurrent": 2, "priority": 7}', now() + interval '1 hour')`,
      [team],
    )
    await admin.query('update recto.queue_health set run_seconds = 20')
    const submit = async (person: ApiPerson) => idOf(await person.submit({ source_text: newText() }, named(team)))
    const mias = []
    for (let n = 0; n < 5; n++) mias.push(await submit(mia))
    const [first, , third, fourth, fifth] = mias
    const toms = await submit(tom)
    const { rows } = await admin.query('select priority from pgboss.job where id = any ($1) order by 1', [
      [...mias, toms],
    ])
    expect(rows).toEqual([{ priority: 69_999_999 }, { priority: 70_000_000 }])

    const Waiting = z.object({ status: z.literal('pending'), ai_metadata: z.object({ waiting: z.unknown() }) })
    const waiting = async (person: ApiPerson, id: string | undefined) => {
      const { json, headers } = await person.call('GET', pathOf(String(id)))
      return {
        ...z
          .strictObject({
            reason: z.literal('concurrency'),
            since: z.iso.datetime(),
            until: z.iso.datetime(),
            place: z.int(),
          })
          .parse(Waiting.parse(json).ai_metadata.waiting),
        etag: headers.get('etag'),
      }
    }
    // Members take turns: Tom's first generation comes before Mia's fourth, although hers was submitted earlier.
    expect((await waiting(mia, third)).place).toBe(1)
    expect((await waiting(tom, toms)).place).toBe(2)
    expect((await waiting(mia, fourth)).place).toBe(3)
    const last = await waiting(mia, fifth)
    expect(last.place).toBe(4)
    const seconds = (Date.parse(last.until) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThanOrEqual(41)
    expect((await mia.call('GET', pathOf(String(first)))).json).toMatchObject({ ai_metadata: {} })
    expect((await mia.call('GET', pathOf(String(first)))).text).not.toContain('waiting')
    expect((await mia.call('GET', `${generationsPath}?limit=1`)).json).toMatchObject({
      data: [{ id: fifth, ai_metadata: { waiting: { place: 4 } } }],
    })

    const unchanged = await mia.call('GET', pathOf(String(fifth)), { headers: { 'if-none-match': last.etag ?? '' } })
    expect(unchanged.status).toBe(304)
    expect(outcomeOf(await mia.call('POST', pathOf(String(third), '/cancel')))).toBe('202')
    const moved = await mia.call('GET', pathOf(String(fifth)), { headers: { 'if-none-match': last.etag ?? '' } })
    expect([moved.status, moved.json]).toMatchObject([200, { ai_metadata: { waiting: { place: 3 } } }])

    const worker = await apiSystem.system.startWorker()
    for (const id of [first, fourth, fifth, toms])
      await until(
        async () =>
          (await admin.query(`select from public.ai_generations where id = $1 and status = 'succeeded'`, [id]))
            .rowCount === 1,
        { what: `the end of ${id}`, timeoutMs: 20_000 },
      )
    const over = await mia.call('GET', pathOf(String(fifth)))
    expect(over.json).not.toHaveProperty('ai_metadata.waiting')
    await worker.stop()
  })
})
