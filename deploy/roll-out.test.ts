import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const run = promisify(execFile)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recto-roll-out-'))
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(import.meta.dirname, 'roll-out.sh'), join(folder, 'roll-out.sh'))
  writeFileSync(join(folder, '.env'), 'RECTO_DOMAIN=recto.example\nRECTO_VERSION=1.0.0\nWORKER_SLOTS=5\n')
  program('curl', 'exit 0')
  program('docker', '')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Puts a program in the way of the real one, which writes down how it was called. */
const program = (name: string, body: string) => {
  const path = join(folder, 'bin', name)
  const note = `echo "${name} \${RECTO_VERSION:-} $*" >> "${join(folder, 'calls')}"`
  writeFileSync(path, `#!/bin/sh\n${note}\n${body}\n`)
  chmodSync(path, 0o755)
}
const rollOut = (version: string) =>
  run('sh', [join(folder, 'roll-out.sh'), version], { env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` } })
const calls = () =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => /^(curl|docker) (\S+) .*?\b(run|pull|up|readyz)\b/.exec(line)?.slice(1).join(' '))

describe('deploy/roll-out.sh', () => {
  test('migrates, starts the version, asks whether it is ready, and remembers it', async () => {
    expect((await rollOut('1.1.0')).stdout).toContain('runs 1.1.0')
    expect(calls()).toEqual(['docker 1.1.0 run', 'docker 1.1.0 pull', 'docker 1.1.0 up', 'curl 1.1.0 readyz'])
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(
      'RECTO_DOMAIN=recto.example\nWORKER_SLOTS=5\nRECTO_VERSION=1.1.0\n',
    )
  })

  test('returns to the version before when the new one does not become healthy', async () => {
    program('docker', 'case "$RECTO_VERSION $*" in 1.1.0*" up "*) exit 1 ;; esac')
    await expect(rollOut('1.1.0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('1.1.0 is not healthy, back to 1.0.0'),
    })
    expect(calls()?.slice(-3)).toEqual(['docker 1.0.0 pull', 'docker 1.0.0 up', 'curl 1.0.0 readyz'])
    expect(readFileSync(join(folder, '.env'), 'utf8')).toContain('RECTO_VERSION=1.0.0\n')
  })

  test('starts nothing of a version that cannot migrate, and keeps the one before', async () => {
    program('docker', 'case "$*" in *" run "*) exit 1 ;; esac')
    await expect(rollOut('1.1.0')).rejects.toMatchObject({ code: 1 })
    expect(calls()).not.toContain('docker 1.1.0 up')
  })
})
