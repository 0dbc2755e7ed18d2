import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countWords, dump } from '../support/dump.ts'
import { offerNames } from '../support/offer.ts'
import { seedOld } from '../support/seed-old.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const Accepted = z.strictObject({ generation_id: z.string(), status: z.literal('pending') })

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(2)
})
afterAll(() => system?.stop())

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
type Days = { texts?: number | null; calls?: number | null; generations?: number | null }
const settings = ({ texts = null, calls = null, generations = null }: Days) =>
  rows('update recto.settings set text_days = $1, calls_days = $2, generations_days = $3', [texts, calls, generations])
const applyRetention = async (batch = 100) =>
  (await worker.query('select * from recto.apply_retention($1)', [batch])).rows[0]

const found = async (words: string[]) => countWords(await dump(system), words)

describe('source texts', () => {
  it('are kept for ever without a setting', async () => {
    const person = await system.person()
    const { word } = await seedOld(system, person.id, 5000)
    await settings({})
    expect(await applyRetention()).toEqual({ texts: 0, generations: 0, calls: 0, deliveries: 0, changes: 0, erased: 0 })
    expect(await found([word])).toEqual({ ai_generations: 1 })
    await rows('delete from public.ai_generations where user_id = $1', [person.id])
  })

  it('are deleted when their days are over and not before, while suggestions stay', async () => {
    const person = await system.person()
    const [old, young] = [await seedOld(system, person.id, 30), await seedOld(system, person.id, 29)]
    await settings({ texts: 30 })
    expect(await applyRetention()).toMatchObject({ texts: 1 })
    expect(await found([old.word])).toEqual({})
    expect(await found([young.word])).toEqual({ ai_generations: 1 })
    expect(
      await rows('select source_text is null as gone, status from public.ai_generations where id = $1', [old.id]),
    ).toEqual([{ gone: true, status: 'succeeded' }])
    expect(await rows('select from public.ai_suggestions where generation_id = $1', [old.id])).toHaveLength(2)
    expect(await applyRetention()).toEqual({ texts: 0, generations: 0, calls: 0, deliveries: 0, changes: 0, erased: 0 })
  })

  it('are deleted earlier when the setting of the account is shorter, but never later', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const set = 'insert into recto.account_settings (account_id, text_days) values ($1, $2)'
    await rows(set, [ana.id, 2])
    await rows(set, [ben.id, 90])
    const [anas, bens, bensOld] = [
      await seedOld(system, ana.id, 3),
      await seedOld(system, ben.id, 3),
      await seedOld(system, ben.id, 10),
    ]
    await settings({ texts: 10 })
    await applyRetention()
    expect(await found([anas.word, bensOld.word])).toEqual({})
    await settings({})
    const anothers = await seedOld(system, ana.id, 3)
    expect(await applyRetention()).toMatchObject({ texts: 1 })
    expect(await found([anothers.word])).toEqual({})
    expect(await found([bens.word])).toEqual({ ai_generations: 1 })
  })

  it('of other kinds are deleted with what was made of them, which is kept for as long as they are', async () => {
    const person = await system.person()
    await offerNames(system, { versions: [['notes', 'notes@1']] })
    const seed = async (days: number) => {
      const word = crypto.randomUUID()
      await rows(
        `with made as (insert into public.ai_generations (user_id, account_id, kind, prompt_version, input, output, status, created_at, finished_at)
           select $1, $1, 'notes', 'notes@1', $2, $3, 'succeeded', at, at from (select now() - make_interval(days => $4, mins => 1) as at) then_at returning id)
         insert into recto.result_cache select $1, id, id, $3, now() + interval '1 day' from made`,
        [person.id, { notes: [`input ${word}`] }, { sentences: [`output ${word}`] }, days],
      )
      return { word }
    }
    const [old, young] = [await seed(30), await seed(29)]
    await settings({ texts: 30 })
    expect(await applyRetention()).toMatchObject({ texts: 1 })
    expect(await found([old.word])).toEqual({})
    expect(await found([young.word])).toEqual({ ai_generations: 1, 'recto.result_cache': 1 })
    await rows('delete from public.ai_generations where user_id = $1', [person.id])
  })

  it('of unfinished generations are kept however old they are', async () => {
    const person = await system.person()
    const [row] = await rows(
      `insert into public.ai_generations (user_id, account_id, source_text, created_at) values ($1, $1, $2, now() - interval '1 year') returning id`,
      [person.id, newText()],
    )
    await settings({ texts: 0 })
    await applyRetention()
    expect(
      await rows('select source_text is not null as kept from public.ai_generations where id = $1', [row?.id]),
    ).toEqual([{ kept: true }])
    await expect(
      rows('update public.ai_generations set source_text = null where id = $1', [row?.id]),
    ).rejects.toMatchObject({ code: '23514', constraint: 'input_shape' })
    await rows('delete from public.ai_generations where id = $1', [row?.id])
  })

  it('are deleted in batches, and by a running worker too', async () => {
    const person = await system.person()
    const words: string[] = []
    for (let n = 0; n < 5; n++) words.push((await seedOld(system, person.id, 8)).word)
    await settings({ texts: 7 })
    expect(await applyRetention(2)).toMatchObject({ texts: 2 })
    const running = await system.startWorker()
    await until(async () => Object.keys(await found(words)).length === 0, {
      what: 'the texts going',
      timeoutMs: 30_000,
    })
    await running.stop()
    expect(running.log()).toContain('"retention applied"')
  })

  it('are deleted by one process at a time', async () => {
    const client = new pg.Client({ connectionString: system.supabase.adminUrl })
    await client.connect()
    try {
      await client.query(`select pg_advisory_lock(hashtextextended('recto.retain', 0))`)
      const person = await system.person()
      await seedOld(system, person.id, 9)
      await settings({ texts: 7 })
      expect(await applyRetention()).toEqual({
        texts: 0,
        generations: 0,
        calls: 0,
        deliveries: 0,
        changes: 0,
        erased: 0,
      })
    } finally {
      await client.end()
    }
    await until(async () => (await applyRetention()).texts === 1, { what: 'the lock being free', timeoutMs: 30_000 })
  })
})

describe('a request that is repeated after its text is gone', () => {
  it('gets the same answer, and another text under its key gets 422', async () => {
    const api = await system.startApi()
    const person = await system.person(api)
    const body = { source_text: newText() }
    const key = { 'idempotency-key': 'lesson-1' }
    const first = Accepted.parse(await (await person.submit(body, key)).json())
    await person.api(`/api/ai/generations/${first.generation_id}/cancel`, { method: 'POST' })
    await settings({ texts: 0 })
    await until(async () => (await applyRetention()).texts === 1, { what: 'the text going', timeoutMs: 30_000 })
    const again = await person.submit(body, key)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    expect(await again.json()).toEqual(first)
    const other = await person.submit({ source_text: newText() }, key)
    expect(other.status).toBe(422)
  })
})
