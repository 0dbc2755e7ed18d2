import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import { createPool, rowsOf, sqlState, type Tx } from '@recto/shared/database'
import { enter, inTransaction, queryWithin } from '@recto/shared/transaction'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type AccountRecorder, recordAccounts } from '../support/account-recorder.ts'
import { createPerson, type TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'

let supabase: Supabase
let admin: pg.Pool
let worker: pg.Pool
let recorder: AccountRecorder
let [ana, ben]: TestPerson[] = []
beforeAll(async () => {
  supabase = await startThrowaway()
  admin = new pg.Pool({ connectionString: supabase.adminUrl, max: 2 })
  const options = { url: supabase.workerDatabaseUrl, name: 'recto_worker', max: 1, connectMs: 5_000 }
  worker = createPool(options, () => undefined)
  recorder = await recordAccounts(admin)
  ;[ana, ben] = [await createPerson(supabase, undefined), await createPerson(supabase, undefined)]
  for (const { id } of [ana, ben]) await seedGeneration(admin, id)
})
afterAll(async () => {
  await worker?.end()
  await admin?.end()
  await supabase?.stop()
})

const idOf = (person: TestPerson | undefined): string => person?.id ?? ''

const named = {
  name: 'named',
  text: `select current_setting('recto.account', true) as account, current_setting('recto.across_accounts', true) as across`,
}
const Named = z.object({ account: z.string().nullable(), across: z.string().nullable() })

const spend = (person: TestPerson | undefined, cost: string) => ({
  name: 'spend',
  text: 'update public.ai_calls set cost_usd = $2 where account_id = $1 returning cost_usd',
  values: [idOf(person), cost],
})
const costOf = async (person: TestPerson | undefined): Promise<string> => {
  const { rows } = await admin.query('select cost_usd from public.ai_calls where account_id = $1', [idOf(person)])
  return rows[0]?.cost_usd
}

describe('a transaction', () => {
  it('names its account until its end', async () => {
    const account = idOf(ana)
    expect(rowsOf(await queryWithin(worker, { account }, named), Named)).toMatchObject([{ account }])
    await inTransaction(worker, enter({ account }), async (tx) => {
      expect(rowsOf(await tx.query(named), Named)).toMatchObject([{ account }])
    })
    expect(rowsOf(await worker.query(named), Named)).toEqual([{ account: '', across: null }])
  })

  it('names the exception that lets it touch several accounts', async () => {
    const answer = await queryWithin(worker, { across: 'recovery' }, named)
    expect(rowsOf(answer, Named)).toEqual([{ account: '', across: 'recovery' }])
  })

  it('of one statement is committed', async () => {
    expect((await queryWithin(worker, { account: idOf(ana) }, spend(ana, '0.5'))).rowCount).toBe(1)
    expect(await costOf(ana)).toBe('0.5')
  })

  it('of one statement that fails throws its error, changes nothing and leaves a connection that can be used', async () => {
    const before = await costOf(ana)
    const failed = queryWithin(worker, { account: idOf(ana) }, spend(ana, '-1')).catch(sqlState)
    expect(await failed).toBe('23514')
    expect(await costOf(ana)).toBe(before)
    expect((await queryWithin(worker, { account: idOf(ana) }, named)).rowCount).toBe(1)
  })

  it('of one statement throws the first of its errors when the account is no id', async () => {
    const failed = queryWithin(worker, { connectionCheck: 'no id' }, named).catch(sqlState)
    expect(await failed).toBe('22P02')
  })
})

describe('the account recorder', () => {
  const touchBoth = async (tx: Tx) => {
    await tx.query(spend(ana, '0.25'))
    await tx.query(spend(ben, '0.25'))
  }

  it('records nothing of a transaction that stays within its account, or names an exception', async () => {
    await queryWithin(worker, { account: idOf(ana) }, spend(ana, '0.75'))
    await inTransaction(worker, enter({ across: 'settlement' }), touchBoth)
    expect(await recorder.violations()).toEqual([])
  })

  it('records a transaction that writes rows of two accounts', async () => {
    await inTransaction(worker, enter({ account: idOf(ana) }), touchBoth)
    const violations = await recorder.violations()
    expect(violations).toContainEqual(expect.stringContaining(`wrote rows of ${idOf(ben)} in public.ai_calls`))
    expect(violations.join()).not.toContain(`wrote rows of ${idOf(ana)}`)
    expect(await recorder.violations()).toEqual([])
  })

  it('records a write that names no account', async () => {
    await worker.query(spend(ana, '0.5'))
    expect(await recorder.violations()).toContainEqual(expect.stringContaining('within no account'))
  })
})
