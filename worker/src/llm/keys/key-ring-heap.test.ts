import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** Reads keys into a ring, reveals one once, and writes a heap snapshot while the ring lives. */
const script = `
  import { readFile } from 'node:fs/promises'
  import { writeHeapSnapshot } from 'node:v8'
  import { readKeys } from '${import.meta.resolve('./key-sources.ts')}'
  import { createKeyRing } from '${import.meta.resolve('./key-ring.ts')}'

  const load = async () =>
    createKeyRing(await readKeys(process.env, 'ACME_KEY', (path) => readFile(path, 'utf8')), { now: Date.now })
  globalThis.ring = await load()
  const use = (key) => ('Bearer ' + key.reveal()).length
  use(ring.next())
  if (process.env.KEEP) globalThis.kept = ring.next().reveal()
  for (let round = 0; round < 5; round++) {
    gc()
    await new Promise(setImmediate)
  }
  writeHeapSnapshot(process.env.SNAPSHOT)
`

const snapshotShows = async (source: 'file' | 'variable', more: Record<string, string> = {}): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-keys-'))
  try {
    const secrets = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
    const text = secrets.map((secret) => `sk-${secret}`).join()
    writeFileSync(join(folder, 'keys'), text)
    const keys = source === 'file' ? { ACME_KEY_FILE: join(folder, 'keys') } : { ACME_KEY: text }
    const env = { PATH: process.env.PATH, SNAPSHOT: join(folder, 'heap'), ...keys, ...more }
    await run(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], { env })
    const snapshot = readFileSync(join(folder, 'heap'), 'latin1')
    expect(snapshot).toContain('createKeyRing')
    return secrets.some((secret) => snapshot.includes(secret.slice(0, 24)) || snapshot.includes(secret.slice(24)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each(['file', 'variable'] as const)(
  'a heap snapshot does not show the keys of a ring that were read from a %s',
  async (source) => {
    expect(await snapshotShows(source)).toBe(false)
  },
)

test('a heap snapshot shows a revealed key that the process keeps, which proves that the search works', async () => {
  expect(await snapshotShows('file', { KEEP: '1' })).toBe(true)
})
