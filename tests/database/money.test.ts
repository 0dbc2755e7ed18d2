import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

/** More digits than a JavaScript number has. */
const cost = '1234.000000000000123456789'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const pageOf = async () => {
  const { id, token } = await system.person()
  const { supabaseUrl, publishableKey } = system.supabase
  return { id, db: createClient(supabaseUrl, publishableKey, { accessToken: async () => token }) }
}

describe('money through PostgREST is text with every digit', () => {
  it('of a generation, in a list, beside what was inserted, and null where there is none', async () => {
    const { id, db } = await pageOf()
    const inserted = await db
      .from('ai_generations')
      .insert({ source_text: newText() })
      .select('cost_usd, saved_usd')
      .single()
    expect(inserted.data).toEqual({ cost_usd: '0', saved_usd: null })
    await system.admin.query('update public.ai_generations set cost_usd = $2, saved_usd = $2 where user_id = $1', [
      id,
      cost,
    ])
    expect((await db.from('ai_generations').select('*')).data).toMatchObject([{ cost_usd: cost, saved_usd: cost }])
  })

  it('of plans and alerts', async () => {
    const { id, db } = await pageOf()
    await system.admin.query(
      `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd) values ($1, '2026-11-01', 80, $2, $2)`,
      [id, cost],
    )
    expect((await db.from('budget_alerts').select('budget_usd, spent_usd')).data).toEqual([
      { budget_usd: cost, spent_usd: cost },
    ])
    expect((await db.from('plans').select('monthly_budget_usd').eq('name', 'pro')).data).toEqual([
      { monthly_budget_usd: '50.00' },
    ])
  })

  it('and is compared and ordered as a number', async () => {
    const { id, db } = await pageOf()
    for (const usd of ['9', '10', '0.5']) {
      await db.from('ai_generations').insert({ source_text: newText() })
      await system.admin.query('update public.ai_generations set cost_usd = $2 where user_id = $1 and cost_usd = 0', [
        id,
        usd,
      ])
    }
    const found = await db.from('ai_generations').select('cost_usd').gt('cost_usd', 1).order('cost_usd')
    expect(found.data).toEqual([{ cost_usd: '9' }, { cost_usd: '10' }])
  })
})
