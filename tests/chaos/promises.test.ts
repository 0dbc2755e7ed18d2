import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { createJournal, type Following, type Journal, type Submission } from './journal.ts'
import { checkPromises, type Evidence } from './promises.ts'

let system: System
let owner: string
/** Generations that succeeded, oldest first. Nobody asked a provider for them, so their calls are not in its bill. */
let rows: { id: string; key: string }[]

beforeAll(async () => {
  system = await startSystem()
  owner = (await system.person()).id
  for (let n = 0; n < 2; n++) await seedGeneration(system.admin, owner)
  const found = await system.admin.query(
    'select id, idempotency_key as key from public.ai_generations order by created_at',
  )
  rows = found.rows
})
afterAll(() => system?.stop())

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  system,
  journal: createJournal(),
  limits: { account: owner, perWindow: 2, windowSeconds: 300 },
  budget: { account: owner, usd: '1' },
  exceeded: [],
  samples: 0,
  settledAfter: 1,
  settleWithin: 60,
  differingKeys: [],
  died: [],
  ...changes,
})

const row = (nth = 0) => rows[nth] ?? { id: '', key: '' }
const submission = (changes: Partial<Submission> = {}): Submission => ({
  person: owner,
  key: row().key,
  outcome: 'accepted',
  ids: new Set([row().id]),
  unexpected: [],
  ...changes,
})
const following = (changes: Partial<Following> = {}): Following => ({
  id: row().id,
  way: 'stream',
  statuses: ['running', 'succeeded'],
  ended: 'succeeded',
  reopened: 0,
  unexpected: [],
  ...changes,
})
/** A journal that suits the tables, and changes of it. */
const journal = (changes: Partial<Journal> = {}): Journal => ({
  ...createJournal(),
  submissions: rows.map(({ id, key }) => submission({ key, ids: new Set([id]) })),
  followings: [following()],
  ...changes,
})

/** Promises that are found broken, apart from that of the bill, which the seeded calls break. */
const brokenBy = async (changes: Partial<Evidence>): Promise<string[]> =>
  (await checkPromises(evidence({ journal: journal(), ...changes })))
    .filter(({ broken, promise }) => broken.length > 0 && !promise.startsWith('spending'))
    .map(({ promise }) => promise)

describe('the checker of a chaos run', () => {
  it('finds every promise held when journal, tables and measures agree', async () => {
    expect(await brokenBy({})).toEqual([])
  })

  it('finds calls that no request of the provider explains', async () => {
    const verdicts = await checkPromises(evidence({ journal: journal() }))
    const bill = verdicts.find(({ promise }) => promise.startsWith('spending'))
    expect(bill?.broken.filter((line) => line.startsWith('no request'))).toHaveLength(2)
  })

  it('finds an accepted generation that is gone, and a key without it', async () => {
    const lost = submission({ key: 'lost', ids: new Set([randomUUID()]) })
    const submissions = [...journal().submissions, lost]
    expect(await brokenBy({ journal: journal({ submissions }) })).toEqual([
      'nothing that was accepted is lost',
      'each key has one generation',
    ])
  })

  it('finds a key that was answered with two generations', async () => {
    const ids = new Set(rows.map(({ id }) => id))
    const submissions = [submission({ ids }), submission({ key: row(1).key, ids: new Set([row(1).id]) })]
    expect(await brokenBy({ journal: journal({ submissions }) })).toEqual(['each key has one generation'])
  })

  it('finds a generation that has another end than a person was told', async () => {
    const cancellings = [{ id: row().id, told: 'cancelled' }]
    expect(await brokenBy({ journal: journal({ cancellings }) })).toEqual(['exactly one result, and it never changes'])
  })

  it('finds a stream without an end, and one that goes on behind it', async () => {
    const open = following({ ended: undefined })
    const revived = following({ statuses: ['succeeded', 'running', 'succeeded'] })
    for (const one of [open, revived])
      expect(await brokenBy({ journal: journal({ followings: [one] }) })).toEqual([
        'whoever follows a generation is told its end',
      ])
  })

  it('finds what a person saw of another one', async () => {
    const looks = [{ person: randomUUID(), at: 'list', found: [row().id] }]
    expect(await brokenBy({ journal: journal({ looks }) })).toEqual(['nobody sees or changes what belongs to others'])
  })

  it('finds a limit that was exceeded, in the tables or in a sample', async () => {
    const promise = ['no budget and no limit is exceeded']
    expect(await brokenBy({ limits: { account: owner, perWindow: 1, windowSeconds: 300 } })).toEqual(promise)
    expect(await brokenBy({ exceeded: ['3 generations at the same time'] })).toEqual(promise)
  })

  it('finds a submission without an answer, and a process that ended by itself', async () => {
    const promise = ['everybody is answered, and no process ends by itself']
    const unanswered = submission({ key: 'unanswered', outcome: 'unanswered', ids: new Set() })
    const submissions = [...journal().submissions, unanswered]
    expect(await brokenBy({ journal: journal({ submissions }) })).toEqual(promise)
    expect(await brokenBy({ journal: journal({ errors: ['an answer that is not JSON'] }) })).toEqual(promise)
    expect(await brokenBy({ died: ['worker 1 ended by itself'] })).toEqual(promise)
  })

  it('finds that something is not over in time', async () => {
    expect(await brokenBy({ settledAfter: undefined })).toEqual(['everything is over within 60 s of the last fault'])
  })

  it('finds a suggestion that is not in its text, and two results of one generation', async () => {
    await system.admin.query(
      `update public.ai_suggestions set source_quote = 'That', front = 'Front 1', back = 'Back 1'
       where generation_id = $1 and position = 2`,
      [row().id],
    )
    expect(await brokenBy({})).toEqual([
      'exactly one result, and it never changes',
      'every suggestion is proved, and every failure says why',
    ])
  })
})
