import { until } from '@recto/local/until'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import type { TestPerson } from '../support/person.ts'
import { startInSteps } from '../support/start-in-steps.ts'
import { createSubmitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

/**
 * A call of the model `usual` reserves 0.010 to 0.012 USD. A call of the model `dear` exceeds a budget of 0.025 unless it
 * asks for one card. No call of the model `luxury` fits into any budget of these tests.
 */
const catalogFor = ({ model }: System) =>
  catalogOf({
    providers: {
      first: { base_url: model.url },
      dear: { base_url: model.url },
      luxury: { base_url: model.url },
    },
    models: { usual: ['first'], dear: ['dear'], luxury: ['luxury'] },
    aliases: { best: ['luxury', 'dear', 'usual'] },
    prices: {
      first: { input_per_million: '0.3', output_per_million: '2.3', currency: 'USD', as_of: '2026-01-01' },
      dear: { input_per_million: '1.5', output_per_million: '11.5', currency: 'USD', as_of: '2026-01-01' },
      luxury: { input_per_million: '300', output_per_million: '1200', currency: 'USD', as_of: '2026-01-01' },
    },
  })

/** Starts an API and two workers with models of three prices, for tests of budgets. */
export const startBudgetSystem = () =>
  startInSteps(async (onStop) => {
    const system = await startSystem()
    onStop(system.stop)
    const submitter = await createSubmitter(system)
    const workerEnv: Record<string, string> = { ...catalogEnv(system, catalogFor(system)), WORKER_SLOTS: '100' }
    const api = await system.startApi({ RECTO_MODELS: workerEnv.RECTO_MODELS ?? '' })
    const workers = await Promise.all([system.startWorker(workerEnv), system.startWorker(workerEnv)])

    return {
      system,
      submitter,
      api,
      workers,
      workerEnv,
      /** The first row of a query, which must have one. */
      rowOf: async <Row extends object>(text: string, values: unknown[] = []): Promise<Row> => {
        const [row] = (await system.admin.query<Row>(text, values)).rows
        if (!row) throw new Error('there is no such row')
        return row
      },
      submitMany: (person: TestPerson, count: number, model = 'usual') =>
        submitter.submitAll(
          person,
          Array.from({ length: count }, () => ({ model, source_text: newText({ length: 1000 }) })),
        ),
      whenAllOver: (ids: string[], meanwhile: () => Promise<unknown> = async () => undefined) =>
        until(
          async () => {
            await meanwhile()
            const live = 'select from public.ai_generations where id = any ($1) and finished_at is null'
            return (await system.admin.query(live, [ids])).rowCount === 0
          },
          // Says nothing about speed: jobs of killed workers wait for half a minute on a machine with other work.
          { what: 'the end of all generations', timeoutMs: 120_000, everyMs: 50 },
        ),
      /** How many of the generations ended in which way. */
      outcomesOf: async (ids: string[]) => {
        const { rows } = await system.admin.query<{ ended: string; count: number }>(
          `select concat_ws(' ', status, error->>'code') as ended, count(*)::integer from public.ai_generations where id = any ($1) group by 1`,
          [ids],
        )
        return Object.fromEntries(rows.map(({ ended, count }) => [ended, count]))
      },
      /** The status and the code of a submission to the API. */
      submitToApi: async (person: TestPerson, model = 'usual') => {
        const answer = await person.submit({ source_text: newText(), model })
        const { code } = (await answer.json()) as { code?: string }
        return [answer.status, code]
      },
      /** The status and the code of an insert through PostgREST. */
      insertDirectly: async (person: TestPerson, model = 'usual') => {
        const { status, error } = await person.client.from('ai_generations').insert({ source_text: newText(), model })
        return [status, error?.code]
      },
    }
  })

export type BudgetSystem = Awaited<ReturnType<typeof startBudgetSystem>>
