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
  setEnv('RECTO_DOMAIN=recto.example\nRECTO_VERSION=1.0.0\nRECTO_IMAGES=registry.example/\nWORKER_SLOTS=5\n')
  writeFileSync(join(folder, 'containers'), 'old-api\nold-worker\n')
  program('curl', 'exit 0')
  program('docker', engine())
})
afterEach(() => rmSync(folder, { recursive: true }))

const setEnv = (lines: string) => writeFileSync(join(folder, '.env'), lines)
const readEnv = () => readFileSync(join(folder, '.env'), 'utf8')

/** What stands for Docker: the ids of containers are lines of a file, and `faults` goes before. */
const engine = (faults = '') => `cd "${folder}"
case "$*" in ${faults}
  *" ps "*"--quiet api") grep api containers || true ;;
  *" ps "*"--quiet worker") grep worker containers || true ;;
  *" ps "*) cat containers ;;
  *" up "*) printf 'new-api\\nnew-worker\\n' >> containers ;;
  inspect*) echo healthy ;;
esac`

/** Puts a program in the way of the real one, which writes down how it was called. */
const program = (name: string, body: string) => {
  const path = join(folder, 'bin', name)
  const note = `echo "${name} \${RECTO_VERSION:-} $*" >> "${join(folder, 'calls')}"`
  writeFileSync(path, `#!/bin/sh\n${note}\n${body}\n`)
  chmodSync(path, 0o755)
}
const rollOut = (version: string) =>
  run('sh', [join(folder, 'roll-out.sh'), version], { env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` } })
/** The calls that change something, by their verb and the containers that they name. */
const calls = () =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const verb = /\b(build|run|pull|up|stop|start|rm|readyz)\b/.exec(line.replace('--rm', ''))?.[1]
      return verb ? [[verb, ...(line.match(/(old|new)-\w+/g) ?? [])].join(' ')] : []
    })
const failed = { code: 1, stderr: expect.stringContaining('1.1.0 is not healthy, back to 1.0.0') }
const goneBack = ['start old-api', 'start old-worker', 'rm new-api', 'rm new-worker']

describe('deploy/roll-out.sh', () => {
  test('migrates, starts the version beside the one before, stops that when the new one is healthy, and remembers it', async () => {
    expect((await rollOut('1.1.0')).stdout).toContain('runs 1.1.0')
    expect(calls()).toEqual([
      'pull',
      'run',
      'up',
      'stop old-api',
      'stop old-worker',
      'readyz',
      'rm old-api',
      'rm old-worker',
    ])
    const log = readFileSync(join(folder, 'calls'), 'utf8')
    expect(log).toMatch(/docker 1\.1\.0 compose .* up .*--no-recreate --scale api=2 --scale worker=2 api worker/)
    expect(readEnv()).toBe(
      'RECTO_DOMAIN=recto.example\nRECTO_IMAGES=registry.example/\nWORKER_SLOTS=5\nRECTO_VERSION=1.1.0\n',
    )
  })

  test('builds the version where images come from no registry', async () => {
    setEnv('RECTO_DOMAIN=recto.example\n')
    await rollOut('1.1.0')
    expect(calls().slice(0, 2)).toEqual(['build', 'run'])
  })

  test('starts one process of each where none runs', async () => {
    writeFileSync(join(folder, 'containers'), '')
    await rollOut('1.1.0')
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toContain('--scale api=1 --scale worker=1')
    expect(calls()).toEqual(['pull', 'run', 'up', 'readyz'])
  })

  test('leaves the version before as it is when the new one does not become healthy', async () => {
    program('docker', engine('inspect*) echo unhealthy ;;'))
    await expect(rollOut('1.1.0')).rejects.toMatchObject(failed)
    expect(calls()).toEqual(['pull', 'run', 'up', ...goneBack])
    expect(readEnv()).toContain('RECTO_VERSION=1.0.0\n')
  })

  test('starts the version before again when the new one does not answer by the public name', async () => {
    program('curl', 'exit 22')
    await expect(rollOut('1.1.0')).rejects.toMatchObject(failed)
    expect(calls()).toEqual(['pull', 'run', 'up', 'stop old-api', 'stop old-worker', 'readyz', ...goneBack])
  })

  test('starts nothing of a version that cannot migrate', async () => {
    program('docker', engine('*" run "*) exit 1 ;;'))
    await expect(rollOut('1.1.0')).rejects.toMatchObject(failed)
    expect(calls()).not.toContain('up')
    expect(readEnv()).toContain('RECTO_VERSION=1.0.0\n')
  })
})
