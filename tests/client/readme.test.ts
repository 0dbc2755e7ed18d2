import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

test('the first example of the README has four lines, and prints cards as it stands there', async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'client', 'README.md'), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(example.trim().split('\n')).toHaveLength(4)
  const api = await system.startApi()
  await system.startWorker()
  const { token } = await system.person(api)
  const given = Object.entries({ url: api.url, token, text: newText() })
  const constants = given.map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', constants.join('') + example],
    { cwd: import.meta.dirname },
  )
  expect(stdout.trim().split('\n')).toHaveLength(10)
  expect(stdout).toMatch(/^.+ = .+$/m)
})
