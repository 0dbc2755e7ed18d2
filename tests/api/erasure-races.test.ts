import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { openWrite } from '../support/open-write.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.system.stop())

let ana: ApiPerson
let ben: ApiPerson
beforeEach(async () => {
  ;[ana, ben] = [await apiSystem.person(), await apiSystem.person()]
})

const rows = async (sql: string, values: unknown[] = []) => (await apiSystem.system.admin.query(sql, values)).rows
const eraseAll = (person: ApiPerson) => person.call('DELETE', '/api/ai/data')

/** What is left of a person in the tables that people write. */
const leftOf = async ({ id }: ApiPerson) =>
  rows(
    `select (select count(*)::integer from public.ai_generations where user_id = $1) as generations,
       (select count(*)::integer from public.cards where user_id = $1) as cards,
       (select count(*)::integer from recto.connection_checks where user_id = $1 and message is not null) as messages,
       (select count(*)::integer from public.webhook_endpoints where account_id = $1) as webhooks,
       (select count(*)::integer from public.webhook_deliveries where user_id = $1) as deliveries,
       (select count(*)::integer from public.account_members where user_id = $1) as teams`,
    [id],
  )
const nothing = [{ generations: 0, cards: 0, messages: 0, webhooks: 0, deliveries: 0, teams: 0 }]

type Write = [what: string, text: string, valuesOf: () => Promise<unknown[]>]

const insertGeneration = 'insert into public.ai_generations (source_text, account_id) values ($1, $2)'
const writes: Write[] = [
  ['a submission', insertGeneration, async () => [newText(), ana.id]],
  [
    'a submission for a team',
    insertGeneration,
    async () => [newText(), await createTeam(apiSystem.system, ben.id, [[ana.id, 'member']])],
  ],
  ['a card', `insert into public.cards (front, back) values ('What is ana?', $1)`, async () => ['A person']],
  [
    'an import of cards',
    'select recto.import_cards($1)',
    async () => [JSON.stringify([{ guid: null, front: 'Who?', back: 'Ana', source_quote: null, tags: null }])],
  ],
  ['a connection check', `select recto.request_connection_check('best', $1)`, async () => ['Who is ana?']],
  [
    'a new webhook',
    `select recto.create_webhook($1, 'https://receiver.invalid/ana', '{budget.alert}', 'Of ana', $2, $3, $4)`,
    async () => [ana.id, ...newKeys()],
  ],
  [
    'a test of a webhook of a team',
    'select recto.send_webhook_test($1)',
    async () => {
      const team = await createTeam(apiSystem.system, ben.id, [[ana.id, 'admin']])
      return [await addWebhook(apiSystem.system, ben.id, team)]
    },
  ],
  ['a new team', `select public.create_team($1)`, async () => ['The team of ana']],
  [
    'an accepted invitation',
    'select public.accept_invitation($1)',
    async () => {
      const team = await createTeam(apiSystem.system, ben.id)
      await call(apiSystem.system, ben.id, 'public.invite_member($1, $2, $3)', [team, ana.id, 'member'])
      return [team]
    },
  ],
]

describe('an erasure that was answered', () => {
  it.each(writes)('has found %s that was under way when it began', async (_what, text, valuesOf) => {
    const write = await openWrite(apiSystem.system, ana.id, text, await valuesOf())
    const watching = await lockRow(apiSystem.system, 'select 1', [])
    const erasing = eraseAll(ana)
    await Promise.race([erasing, watching.awaited('begin_erasure')])
    await write.commit()
    expect(outcomeOf(await erasing)).toBe('204')
    await watching.release()
    expect(await leftOf(ana)).toEqual(nothing)
  })

  it.each(writes)('has refused %s that came while it erased', async (_what, text, valuesOf) => {
    const values = await valuesOf()
    const id = idOf(await ana.submit())
    const lock = await lockRow(apiSystem.system, 'select from public.ai_generations where id = $1 for update', [id])
    const erasing = eraseAll(ana)
    await lock.awaited('recto.continue_erasure')
    const write = openWrite(apiSystem.system, ana.id, text, values).then((open) => open.commit())
    const outcome = write.then(() => 'done').catch((error: { code: string }) => error.code)
    await Promise.race([outcome, lock.awaited(text)])
    await lock.release()
    // A team that ana has left by then, and an invitation that was dropped, are not ana's any more.
    expect(await outcome).toMatch(/^(PT409|42501|PT404)$/)
    expect(outcomeOf(await erasing)).toBe('204')
    expect(await leftOf(ana)).toEqual(nothing)
  })

  it.each(writes)(
    'has refused %s that came behind its last batch and before its commit',
    async (_what, text, valuesOf) => {
      const values = await valuesOf()
      const batch = await openWrite(apiSystem.system, ana.id, 'select recto.continue_erasure(10)', [])
      const watching = await lockRow(apiSystem.system, 'select 1', [])
      const write = openWrite(apiSystem.system, ana.id, text, values).then((open) => open.commit())
      const outcome = write.then(() => 'done').catch((error: { code: string }) => error.code)
      await Promise.race([outcome, watching.awaited(text)])
      await batch.commit()
      expect(await outcome).toBe('PT409')
      await watching.release()
    },
  )

  it('does not refuse a card that waits while a worker goes on with what had to wait', async () => {
    await rows(`insert into recto.erasures (person, asked_at) values ($1, now() - interval '10 minutes')`, [ana.id])
    const lock = await lockRow(apiSystem.system, 'select recto.lock_erasure($1)', [ana.id])
    const text = `insert into public.cards (front, back) values ('Front', $1)`
    const write = openWrite(apiSystem.system, ana.id, text, ['Back']).then((open) => open.commit())
    await lock.awaited(text)
    await lock.release()
    await write
    expect(await leftOf(ana)).toMatchObject([{ cards: 1 }])
  })

  it('has found the card of a review that was under way', async () => {
    const [{ id } = { id: '' }] = await rows(
      `with generation as (
         insert into public.ai_generations (user_id, account_id, source_text, status, finished_at, suggestions_count)
         values ($1, $1, $2, 'succeeded', now(), 1) returning id
       )
       insert into public.ai_suggestions (generation_id, user_id, account_id, position, front, back, source_quote, quote_start,
         quote_end, fingerprint) select id, $1, $1, 1, 'Front', 'Back', 'Quote', 0, 5, 'f' from generation returning id`,
      [ana.id, newText()],
    )
    const decisions = JSON.stringify([{ id, action: 'accept' }])
    const review = await openWrite(apiSystem.system, ana.id, 'select public.review_suggestions($1)', [decisions])
    const watching = await lockRow(apiSystem.system, 'select 1', [])
    const erasing = eraseAll(ana)
    await Promise.race([erasing, watching.awaited('_erasure')])
    await review.commit()
    expect(outcomeOf(await erasing)).toBe('204')
    await watching.release()
    expect(await leftOf(ana)).toEqual(nothing)
  })

  it('has refused a submission to the API that came while it erased', async () => {
    const api = await apiSystem.system.startApi()
    const id = idOf(await ana.submit())
    const lock = await lockRow(apiSystem.system, 'select from public.ai_generations where id = $1 for update', [id])
    const erasing = eraseAll(ana)
    await lock.awaited('recto.continue_erasure')
    // By another process: in this one, the person's writes come one after the other.
    const submitting = fetch(`${api.url}${generationsPath}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source_text: newText() }),
    })
    await Promise.race([submitting, lock.awaited('recto.submit')])
    await lock.release()
    expect(await (await submitting).json()).toMatchObject({ status: 409, code: 'conflict' })
    expect(outcomeOf(await erasing)).toBe('204')
    expect(await leftOf(ana)).toEqual(nothing)
    await api.stop()
  })

  it('keeps nobody else from submitting meanwhile, and lets the person submit again', async () => {
    const team = await createTeam(apiSystem.system, ben.id, [[ana.id, 'member']])
    const id = idOf(await ana.submit({ source_text: newText() }, { 'x-recto-account': team }))
    const lock = await lockRow(apiSystem.system, 'select from public.ai_generations where id = $1 for update', [id])
    const erasing = eraseAll(ana)
    await lock.awaited('recto.continue_erasure')
    idOf(await ben.submit({ source_text: newText() }, { 'x-recto-account': team }))
    await lock.release()
    expect(outcomeOf(await erasing)).toBe('204')
    idOf(await ana.submit())
  })
})
