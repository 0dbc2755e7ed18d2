import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort, isFree, stablePorts } from './ports.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ports-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('stablePorts answers different ports, and the same ones at the next start', async () => {
  const file = join(folder, 'ports.json')
  const first = await stablePorts(file, ['api', 'worker', 'gateway'])
  expect(new Set(Object.values(first)).size).toBe(3)
  expect(await stablePorts(file, ['api', 'worker', 'gateway'])).toEqual(first)
})

test('stablePorts replaces only the port that another program took since the last start', async () => {
  const file = join(folder, 'ports.json')
  const first = await stablePorts(file, ['api', 'worker'])
  const other = createServer().listen(first.api, '127.0.0.1')
  await once(other, 'listening')
  const second = await stablePorts(file, ['api', 'worker'])
  other.close()
  expect(second.api).not.toBe(first.api)
  expect(second.worker).toBe(first.worker)
})

test('stablePorts prefers a free default to the remembered port and skips a taken default', async () => {
  const wanted = await freePort()
  const file = join(folder, 'ports.json')
  await stablePorts(file, ['api'])
  expect(await stablePorts(file, ['api', 'worker'], { api: wanted })).toMatchObject({ api: wanted })
  const other = createServer().listen(wanted, '0.0.0.0')
  await once(other, 'listening')
  expect(await isFree(wanted)).toBe(false)
  expect((await stablePorts(file, ['api'], { api: wanted })).api).not.toBe(wanted)
  other.close()
})

test('freePort gives no port that fetch refuses to ask', async () => {
  const refused = 10_080
  await expect(fetch(`http://127.0.0.1:${refused}`)).rejects.toMatchObject({ cause: { message: 'bad port' } })
  expect(await freePort([refused])).not.toBe(refused)
})

test('freePort goes on after it has given as many ports as there are for one process, and repeats none of the last 200', async () => {
  const ports: number[] = []
  for (let n = 0; n < 1_000; n++) ports.push(await freePort())
  for (const [n, port] of ports.entries()) expect(ports.slice(Math.max(0, n - 200), n)).not.toContain(port)
})

test('freePort answers different ports to simultaneous calls before any port is bound', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  expect(new Set(ports).size).toBe(50)
})
