import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calls, suggestions, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let workers: Service[]

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  // A job is deleted when it ends, so its priority is recorded when it is added.
  await system.admin.query(`
    create table recorder.jobs (id uuid, priority integer);
    create function recorder.record_job() returns trigger language plpgsql security definer set search_path = '' as $$
      begin
        insert into recorder.jobs values (new.id, new.priority);
        return null;
      end
    $$;
    create trigger record_job after insert on pgboss.job_common for each row execute function recorder.record_job()`)
  system.model.setScript([{ match: { text: 'left-alone' }, times: 1, hang: 'headers' }])
  const victim = await system.startWorker()
  const leftAlone = await submitter.submit(await system.person(), { source_text: newText({ marker: 'left-alone' }) })
  await until(() => asked('left-alone') === 1, { what: 'the request of left-alone', timeoutMs: 30_000 })
  victim.kill('SIGKILL')
  await victim.exited
  lost.set('left-alone', leftAlone)
  await system.admin.query('delete from pgboss.job where id = $1', [leftAlone])
  workers = await Promise.all([system.startWorker(), system.startWorker()])
})
afterAll(() => system?.stop())

const lost = new Map<string, string>()
const asked = (marker: string) =>
  system.model.requests.filter(({ generationMarker }) => generationMarker === marker).length

test.concurrent('a generation inserted through PostgREST gets a job with a fair priority and runs once', async () => {
  const { client } = await system.person()
  const markers = ['direct-1', 'direct-2', 'direct-3']
  const rows = markers.map((marker) => ({ source_text: newText({ marker }), options: { max_cards: 2 } }))
  const { data, error } = await client.from('ai_generations').insert(rows).select('id')
  expect(error).toBeNull()
  const ids = (data ?? []).map(({ id }: { id: string }) => id)
  expect(ids).toHaveLength(3)
  for (const id of ids) {
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 1 })
    expect(await suggestions(system, id)).toHaveLength(2)
    expect(await calls(system, id)).toHaveLength(1)
  }
  const recorded = 'select priority from recorder.jobs where id = any ($1) order by priority'
  const { rows: added } = await system.admin.query<{ priority: number }>(recorded, [ids])
  expect(added.map(({ priority }) => priority)).toEqual([-2, -1, 0])
  expect(markers.map(asked)).toEqual([1, 1, 1])
})

test.concurrent('a generation whose worker and job were lost while it ran is run again', async () => {
  const id = lost.get('left-alone') ?? ''
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  const outcomes = async () => (await calls(system, id)).map(({ outcome }) => outcome)
  await until(async () => !(await outcomes()).includes(null), { what: 'settlement of its call', timeoutMs: 30_000 })
  expect(await outcomes()).toEqual(['worker_lost', 'ok'])
  expect(asked('left-alone')).toBe(2)
})

test.concurrent('a generation whose job is lost while it runs is aborted, recorded, and run again', async () => {
  const marker = 'job-lost-while-running'
  system.model.setScript([{ match: { text: marker }, times: 1, hang: 'stream', hang_after_chunks: 4 }])
  const id = await submitter.submit(await system.person(), { source_text: newText({ marker }) })
  await until(() => asked(marker) === 1, { what: 'the request', timeoutMs: 30_000 })
  await system.admin.query('delete from pgboss.job where id = $1', [id])
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  const outcomes = async () => (await calls(system, id)).map(({ outcome }) => outcome)
  await until(async () => !(await outcomes()).includes(null), { what: 'the record of its call', timeoutMs: 30_000 })
  expect(await outcomes()).toEqual(['aborted', 'ok'])
  expect(workers.every((worker) => worker.alive())).toBe(true)
})
