import { until } from '@recto/local/until'
import { createPool, sqlState } from '@recto/shared/database'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createReadAs } from '../../api/src/db/read-as.ts'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { submitOver } from '../support/submit-over.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let reads: ReturnType<typeof createReadAs>
const poolOf = (max: number, queryMs?: number): pg.Pool => {
  const url = system.supabase.apiDatabaseUrl
  return createPool({ url, name: 'recto_api', max, connectMs: 5_000, ...(queryMs && { queryMs }) }, () => undefined)
}
beforeAll(async () => {
  system = await startSystem()
  reads = createReadAs(poolOf(1), 1)
})
let pool: pg.Pool | undefined
afterEach(() => pool?.end())
afterAll(async () => {
  await reads?.close()
  await system?.stop()
})

const submitterOver = (writes: pg.Pool) => {
  pool = writes
  return submitOver(writes, { readAs: reads.readAs })
}

const idsOf = async ({ id }: TestPerson): Promise<string[]> => {
  const { rows } = await system.admin.query('select id from public.ai_generations where user_id = $1', [id])
  return rows.map((row) => row.id)
}

describe('a submission', () => {
  it('whose connection the server ends is not sent again, and the next one gets another connection', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const submit = submitterOver(poolOf(1))
    const lock = await lockRow(system, 'select recto.lock_admission($1)', [ana.id])
    const both = submit(ana)
      .catch(sqlState)
      .then(async (state) => [state, await submit(ben)])
    await lock.awaited('recto.submit')
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'recto_api' and wait_event_type = 'Lock'`
    expect((await system.admin.query(end)).rowCount).toBe(1)
    expect(await both).toMatchObject(['57P01', { replayed: false }])
    await lock.release()
    expect([await idsOf(ana), (await idsOf(ben)).length]).toEqual([[], 1])
  })

  it('whose answer comes too late is not sent again, and its repetition finds by its key what was stored', async () => {
    const ana = await system.person()
    const submit = submitterOver(poolOf(2, 300))
    const lock = await lockRow(system, 'select recto.lock_admission($1)', [ana.id])
    await expect(submit(ana)).rejects.toThrow('timeout')
    expect(await idsOf(ana)).toEqual([])
    await lock.release()
    await until(async () => (await idsOf(ana)).length > 0, { what: 'the late commit', timeoutMs: 30_000 })
    const [id] = await idsOf(ana)
    expect(await submit(ana)).toEqual({ id, replayed: true })
    expect(await idsOf(ana)).toEqual([id])
  })
})
