import { generationErrors } from '@recto/shared/errors'
import type pg from 'pg'
import type { System } from '../support/system.ts'
import { contradictions, ledgerDifferences } from '../worker/ledger.ts'
import type { Journal } from './journal.ts'

/** A promise, what was counted for it, and a line for each time that it did not hold. */
export type Verdict = { promise: string; counted: string; broken: string[] }

/** What a run knows besides the tables and the journal. */
export type Evidence = {
  system: System
  journal: Journal
  /** Limits that are watched: of accounts that submit more than they may. */
  limits: { account: string; perWindow: number; windowSeconds: number }
  budget: { account: string; usd: string }
  /** What samples of the tables found above a limit. */
  exceeded: string[]
  samples: number
  /** Seconds from the end of the last fault until all was over; undefined when it never was. */
  settledAfter: number | undefined
  settleWithin: number
  /** Keys that had another answer at the end. */
  differingKeys: string[]
  /** Processes that ended by themselves. */
  died: string[]
}

type Row = { id: string; user_id: string; key: string | null; status: string; code: string | null; attempts: number }

const linesOf = async (admin: pg.Pool, text: string, values: unknown[] = []): Promise<string[]> =>
  (await admin.query<{ line: string }>(text, values)).rows.map(({ line }) => line)

const countBy = (list: readonly string[]): string =>
  Object.entries(Object.groupBy(list, (one) => one))
    .map(([name, ones]) => `${ones?.length ?? 0} ${name}`)
    .toSorted()
    .join(', ') || 'none'

const terminal = ['succeeded', 'failed', 'cancelled']

/** Submissions per window are counted when they are admitted, which is some seconds after their transaction began. */
const ADMITTED_WITHIN_S = 20

const nothingIsLost = ({ journal }: Evidence, rows: Map<string, Row>): Verdict => {
  const accepted = journal.submissions.flatMap(({ key, ids }) => [...ids].map((id) => ({ key, id })))
  const broken = accepted.flatMap(({ key, id }) => {
    const status = rows.get(id)?.status
    return status && terminal.includes(status) ? [] : [`${key}: ${id} is ${status ?? 'gone'}`]
  })
  const ends = accepted.map(({ id }) => rows.get(id)?.status ?? 'gone')
  const repeated = accepted.filter(({ id }) => (rows.get(id)?.attempts ?? 0) > 1).length
  return {
    promise: 'nothing that was accepted is lost',
    counted: `${countBy(ends)}; ${repeated} took more than one attempt`,
    broken,
  }
}

const oneGenerationPerKey = ({ journal, differingKeys }: Evidence, rows: Map<string, Row>): Verdict => {
  const byKey = Map.groupBy(rows.values(), ({ key }) => key)
  const broken = journal.submissions.flatMap(({ key, person, ids }) => {
    const found = byKey.get(key) ?? []
    const told = [...ids]
    const isOne = found.length <= 1 && told.every((id) => id === found[0]?.id)
    return isOne && found.every(({ user_id }) => user_id === person)
      ? []
      : [`${key}: told ${told}, rows ${found.map(({ id }) => id)}`]
  })
  const unknown = [...byKey.keys()].filter((key) => !journal.submissions.some((one) => one.key === key))
  return {
    promise: 'each key has one generation',
    counted: `${byKey.size} keys with a generation`,
    broken: [...broken, ...differingKeys, ...unknown.map((key) => `nobody submitted ${key}`)],
  }
}

const oneResult = async ({ system, journal }: Evidence, rows: Map<string, Row>): Promise<Verdict> => {
  const told = [
    ...journal.followings.flatMap(({ id, ended }) => (ended === undefined ? [] : [{ id, status: ended }])),
    ...journal.cancellings.flatMap(({ id, told: status }) => (terminal.includes(status) ? [{ id, status }] : [])),
  ]
  const changed = told.filter(({ id, status }) => rows.get(id)?.status !== status)
  return {
    promise: 'exactly one result, and it never changes',
    counted: `${told.length} ends told to people`,
    broken: [
      ...changed.map(({ id, status }) => `${id}: a person was told ${status}, and it is ${rows.get(id)?.status}`),
      ...(await contradictions(system)).filter((line) => line.startsWith('generation')),
    ],
  }
}

const provedAndHonest = async ({ system: { admin } }: Evidence, rows: Map<string, Row>): Promise<Verdict> => {
  const failed = [...rows.values()].flatMap(({ id, status, code }) => (status === 'failed' ? [{ id, code }] : []))
  const unknown = failed.filter(({ code }) => code === null || !Object.hasOwn(generationErrors, code))
  const unproved = await linesOf(
    admin,
    `select format('suggestion %s of %s is not in the text', s.position, s.generation_id) as line
     from public.ai_suggestions s join public.ai_generations g on g.id = s.generation_id
     where substr(g.source_text, s.quote_start + 1, s.quote_end - s.quote_start) is distinct from s.source_quote`,
  )
  return {
    promise: 'every suggestion is proved, and every failure says why',
    counted: `failures: ${countBy(failed.map(({ code }) => code ?? 'without a code'))}`,
    broken: [...unproved, ...unknown.map(({ id, code }) => `${id} failed with ${code}`)],
  }
}

const spendingIsTheBill = async ({ system }: Evidence, rows: Map<string, Row>): Promise<Verdict> => {
  const ids = new Map([...rows.values()].map(({ id, key }) => [key ?? '', id]))
  const [counted = ''] = await linesOf(
    system.admin,
    `select format('%s calls for %s USD, %s of them estimated for %s USD because no answer came', count(*),
       coalesce(sum(cost_usd), 0), count(*) filter (where unnamed), coalesce(sum(cost_usd) filter (where unnamed), 0)) as line
     from (select cost_usd, provider_request_id is null and cost_usd <> 0 as unnamed from public.ai_calls) c`,
  )
  const { requests, chargedUsd } = system.model.totals()
  return {
    promise: 'spending is what the providers charged',
    counted: `${counted}; ${requests} requests charged ${chargedUsd} USD`,
    broken: [
      ...(await ledgerDifferences(system, ids, { answersWereLost: true })),
      ...(await contradictions(system)).filter((line) => line.startsWith('spending')),
    ],
  }
}

const limitsHold = async ({ system: { admin }, limits, budget, exceeded, samples }: Evidence): Promise<Verdict> => {
  const overWindow = await linesOf(
    admin,
    `select format('%s generations of %s in a window that ends at %s', n, $1, created_at) as line from (
       select created_at, count(*) over (order by created_at range between $2::interval preceding and current row) as n
       from public.ai_generations where account_id = $1::uuid
     ) w where n > $3`,
    [limits.account, `${limits.windowSeconds - ADMITTED_WITHIN_S} seconds`, limits.perWindow],
  )
  const overBudget = await linesOf(
    admin,
    `select format('%s spent %s of %s USD', account_id, spent_usd, $2::text) as line
     from recto.spending where account_id = $1 and spent_usd + reserved_usd > $2::numeric`,
    [budget.account, budget.usd],
  )
  const spent = await linesOf(admin, `select spent_usd::text as line from recto.spending where account_id = $1`, [
    budget.account,
  ])
  return {
    promise: 'no budget and no limit is exceeded',
    counted: `${samples} samples, ${spent[0] ?? 0} of ${budget.usd} USD spent`,
    broken: [...overWindow, ...overBudget, ...new Set(exceeded)],
  }
}

const nobodySeesOthers = ({ journal: { looks } }: Evidence): Verdict => ({
  promise: 'nobody sees or changes what belongs to others',
  counted: `looks: ${countBy(looks.map(({ at }) => at))}`,
  broken: looks.flatMap(({ person, at, found }) => found.map((one) => `${person} found ${one} by ${at}`)),
})

const streamsEnd = ({ journal: { followings } }: Evidence): Verdict => {
  const broken = followings.flatMap(({ id, way, statuses, ended, unexpected }) => {
    const changed = statuses.slice(0, -1).filter((status) => terminal.includes(status))
    return [
      ...(ended === undefined ? [`the ${way} of ${id} did not end`] : []),
      ...changed.map((status) => `the ${way} of ${id} went on after ${status}`),
      ...unexpected.map((one) => `the ${way} of ${id}: ${one}`),
    ]
  })
  const reopened = followings.reduce((sum, one) => sum + one.reopened, 0)
  return {
    promise: 'whoever follows a generation is told its end',
    counted: `${countBy(followings.map(({ way }) => way))}, ${reopened} streams opened again`,
    broken,
  }
}

const answersAreExpected = ({ journal: { submissions, errors }, died }: Evidence): Verdict => ({
  promise: 'everybody is answered, and no process ends by itself',
  counted: `submissions: ${countBy(submissions.map(({ outcome }) => outcome))}`,
  broken: [
    ...submissions.flatMap(({ key, outcome, unexpected }) => [
      ...(outcome === 'unanswered' ? [`${key} was never answered`] : []),
      ...unexpected.map((one) => `${key}: ${one}`),
    ]),
    ...errors,
    ...died,
  ],
})

const settlesInTime = ({ settledAfter, settleWithin }: Evidence): Verdict => ({
  promise: `everything is over within ${settleWithin} s of the last fault`,
  counted: settledAfter === undefined ? 'not over' : `after ${settledAfter.toFixed(1)} s`,
  broken: settledAfter === undefined ? ['generations, jobs or followers are left'] : [],
})

/** Compares what the clients were told, what the tables have, and what the provider charged. One verdict for each promise. */
export const checkPromises = async (evidence: Evidence): Promise<Verdict[]> => {
  const { rows } = await evidence.system.admin.query<Row>(
    `select id, user_id, idempotency_key as key, status, error ->> 'code' as code, attempts from public.ai_generations`,
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return [
    nothingIsLost(evidence, byId),
    oneGenerationPerKey(evidence, byId),
    await oneResult(evidence, byId),
    await provedAndHonest(evidence, byId),
    await spendingIsTheBill(evidence, byId),
    await limitsHold(evidence),
    nobodySeesOthers(evidence),
    streamsEnd(evidence),
    answersAreExpected(evidence),
    settlesInTime(evidence),
  ]
}
