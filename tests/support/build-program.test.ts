import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '@recto/local/home'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildProgram, hashSources } from './build-program.ts'

/** What a process without any variable says before it ends, and its exit code. */
const startWithout = (program: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env: {}, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

describe.each([
  { name: 'api', path: 'api/src/main.ts', status: 1, complaint: 'DATABASE_URL' },
  { name: 'worker', path: 'worker/src/main.ts', status: 1, complaint: 'DATABASE_URL' },
  { name: 'providers', path: 'worker/src/providers-command.ts', status: 2, complaint: 'Usage:' },
] as const)('buildProgram of the program $name', ({ name, path, status, complaint }) => {
  const source = join(projectRoot, path)

  test('when two ask at once, builds one file, which does what the source does', async () => {
    const sources = hashSources()
    const [program, same] = await Promise.all([buildProgram(name, sources), buildProgram(name, sources)])
    expect(same).toBe(program)
    const answer = startWithout(program)
    expect(answer).toEqual(startWithout(source))
    expect(answer).toMatchObject({ status, output: expect.stringContaining(complaint) })
  })

  test('writes a map of the file that names the sources by paths that exist', async () => {
    const program = await buildProgram(name, hashSources())
    const { sources } = z
      .object({ sources: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(`${program}.map`, 'utf8')))
    const files = sources.map((path) => new URL(path, pathToFileURL(program)).pathname)
    expect(files).toContain(source)
  })
})
