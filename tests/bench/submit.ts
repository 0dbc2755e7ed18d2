import type pg from 'pg'
import { startSystem } from '../support/system.ts'
import { resetBacklog, text } from './backlog.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { perSecond } from './numbers.ts'
import { pgbench, pgbenchVersion } from './pgbench.ts'
import { everyLimit } from './plan.ts'
import { startRival } from './rival.ts'
import { atLeast, context, type Part } from './row.ts'
import { submitScript } from './submit-script.ts'
import { signIn } from './tokens.ts'

const clients = 10
const people = 200
const seconds = 2
const rounds = 2

/** Switches admission off or on. The difference in speed is the cost of admission. */
const setAdmission = (admin: pg.Pool, on: boolean) =>
  admin.query(
    on
      ? 'drop trigger if exists admit_all on public.ai_generations; alter table public.ai_generations enable trigger admit_generation'
      : `create or replace function recto.admit_all() returns trigger language plpgsql security definer set search_path = '' as $$
         begin
           -- The queue needs these numbers of every submission.
           perform set_config('recto.admission', to_json((now(), '{}', false, 0, (
             select count(*) from public.ai_generations g where g.user_id = new.user_id and g.finished_at is null and not g.waiting
           ))::recto.admission_result)::text, true);
           return new;
         end $$;
         create trigger admit_all before insert on public.ai_generations for each row execute function recto.admit_all();
         alter table public.ai_generations disable trigger admit_generation`,
  )

/** Compares submissions over HTTP with pgbench (same statements) and with an insert followed by a job. */
export const submit: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const load = startLoad()
  try {
    await system.plan('free', everyLimit)
    const { supabase } = system
    const signedIn = await signIn(system, people)
    const tokens = signedIn.map(({ token }) => token)
    const api = await system.startApi()
    const body = JSON.stringify({ source_text: text })
    const requests = tokens.map((token) =>
      httpRequest(
        'POST',
        '/api/ai/generations',
        { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      ),
    )
    // Reads once with each token, because the API of a page that polls has checked its token already.
    for (const token of tokens)
      await fetch(`${api.url}/api/ai/generations`, { headers: { authorization: `Bearer ${token}` } })
    const naive = await startRival('naive-submit', {
      url: supabase.adminUrl,
      slots: clients,
      more: { supabaseUrl: supabase.supabaseUrl, key: supabase.publishableKey },
    })
    const script = await submitScript(system, people)
    const version = pgbenchVersion()

    const ms = (warmUp: boolean) => (warmUp ? 1_000 : seconds * 1_000)
    const { port } = new URL(api.url)
    const submissions: Measure = (warmUp) =>
      load.rate({ port: Number(port), connections: clients, ms: ms(warmUp), requests, status: 202 })
    const contenders = new Map<string, Measure>([
      ['Recto', submissions],
      [
        'supabase-js + boss.send',
        async (warmUp) => Number(await naive.ask({ connections: clients, ms: ms(warmUp), tokens, text })),
      ],
    ])
    const run = { url: supabase.apiDatabaseUrl, script, clients, variables: { text } }
    if (version) contenders.set('pgbench', (warmUp) => pgbench({ ...run, seconds: warmUp ? 1 : seconds }))
    contenders.set('without admission', async (warmUp) => {
      await setAdmission(system.admin, false)
      const rate = await submissions(warmUp)
      await setAdmission(system.admin, true)
      return rate
    })
    const rates = await interleaved(contenders, rounds, () => resetBacklog(system.admin))
    await naive.stop()
    const rate = (name: string) => rates.get(name) ?? Number.NaN
    say(`submit: ${[...rates].map(([name, found]) => `${name} ${perSecond(found)}`).join(', ')}`)
    const line = (name: string, as = name) => ({
      what: `submit, ${clients} clients`,
      recto: perSecond(rate('Recto')),
      against: `${as} ${perSecond(rate(name))}`,
      ratio: rate('Recto') / rate(name),
    })
    const byPgbench = version
      ? atLeast(line('pgbench', 'pgbench, same statements,'), 0.5)
      : context({
          what: `submit, ${clients} clients`,
          recto: perSecond(rate('Recto')),
          against: 'pgbench is not installed',
        })
    return [
      byPgbench,
      atLeast(line('supabase-js + boss.send'), 2.8),
      context(line('without admission', 'let in without looking')),
    ]
  } finally {
    await load.stop()
    await system.stop()
  }
}
