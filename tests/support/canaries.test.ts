import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { includesCanary, providerKey } from './canaries.ts'
import { seedGeneration } from './seed.ts'
import { startSystem } from './system.ts'
import { newText } from './text.ts'

it('a system fails its test file at the end when a text, a token or a key is in a log or in a row', async () => {
  const system = await startSystem()
  const person = await system.person()
  const { id } = await seedGeneration(system.admin, person.id)
  writeFileSync(join(system.folder, 'token.log'), `{"authorization":"Bearer ${person.token}"}\n`)
  writeFileSync(join(system.folder, 'text.log'), newText())
  writeFileSync(join(system.folder, 'password.log'), system.supabase.workerDatabaseUrl)
  writeFileSync(join(system.folder, 'clean.log'), '{"message":"generation succeeded"}\n')
  const metadata = JSON.stringify({ key: providerKey })
  await system.admin.query('update public.ai_generations set ai_metadata = $2 where id = $1', [id, metadata])
  const incident = `insert into recto.incidents (name, subject, value, threshold) values ('queue_age', $1, 1, 1)`
  await system.admin.query(incident, [person.token])
  const { password } = new URL(system.supabase.workerDatabaseUrl)
  await system.admin.query(`insert into recto.audit_log (actor, action, subject) values ('a', 'b', $1)`, [password])
  await system.admin.query('update public.plans set allowed_models = $1', [[`whsec_${'a'.repeat(43)}=`]])

  const message = await system.stop().catch((error: Error) => error.message)
  expect(message?.match(/^[\w.]+(?=: )/gm)).toEqual([
    ...['password.log', 'text.log', 'token.log'],
    ...['public.ai_generations', 'public.plans', 'recto.audit_log', 'recto.incidents'],
  ])
})

it.each([
  ['a text', newText(), true],
  ['a token', '{"detail":"eyJhbGciOiJFUzI1NiJ9.e30.x is not valid"}', true],
  ['a secret of a webhook', `{"detail":"whsec_${'a'.repeat(43)}="}`, true],
  ["the provider's key", `{"detail":"401 for ${providerKey}"}`, true],
  ['none of these', '{"code":"invalid_request","detail":"source_text is too short"}', false],
])('includesCanary looks into the body of an error: %s', (_, body, found) => {
  expect(includesCanary(body)).toBe(found)
})

it('a system hunts in the metrics of its APIs and its workers', async () => {
  const system = await startSystem()
  for (const service of [await system.startApi(), await system.startWorker()])
    expect(await (await fetch(service.metricsUrl)).text()).toMatch(/^recto_db_pool_size\{/m)
  expect(Object.keys(await system.metrics())).toEqual([
    expect.stringMatching(/^metrics of .+api-\d+\.log$/),
    expect.stringMatching(/^metrics of .+worker-\d+\.log$/),
  ])
  for (const text of Object.values(await system.metrics())) expect(text).toMatch(/^recto_db_pool_size\{/m)
  await system.stop()
})
