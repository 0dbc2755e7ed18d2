import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMachine } from './roll-out-harness.ts'

type Machine = ReturnType<typeof createMachine>
const machines: Machine[] = []
const newMachine = (): Machine => {
  const one = createMachine()
  machines.push(one)
  return one
}
let machine: Machine
beforeEach(() => {
  machine = newMachine()
})
afterEach(() => {
  for (const one of machines.splice(0)) one.remove()
})

const failed = { code: 1, stderr: expect.stringContaining('1.1.0 is not healthy, back to 1.0.0') }
const goneBack = ['start 1.0.0-api', 'start 1.0.0-worker', 'rm 1.1.0-api', 'rm 1.1.0-worker']
const before = ['1.0.0-api api 1.0.0 healthy', '1.0.0-worker worker 1.0.0 healthy']
const after = ['1.1.0-api api 1.1.0 healthy', '1.1.0-worker worker 1.1.0 healthy']

describe('deploy/roll-out.sh', () => {
  test('migrates, starts the version beside the one before, stops that when the new one is healthy, and remembers it', async () => {
    expect((await machine.rollOut('1.1.0')).stdout).toContain('runs 1.1.0')
    expect(machine.calls()).toEqual([
      'pull',
      'run',
      'up',
      'stop 1.0.0-api',
      'stop 1.0.0-worker',
      'readyz',
      'rm 1.0.0-api',
      'rm 1.0.0-worker',
    ])
    expect(machine.read('calls')).toMatch(
      /docker 1\.1\.0 compose .* up .*--no-recreate --scale api=2 --scale worker=2 api worker/,
    )
    expect(machine.env()).toBe(
      'RECTO_DOMAIN=recto.example\nRECTO_IMAGES=registry.example/\nWORKER_SLOTS=5\nRECTO_VERSION=1.1.0\n',
    )
  })

  test('builds the version where images come from no registry', async () => {
    machine.setEnv('RECTO_DOMAIN=recto.example\n')
    await machine.rollOut('1.1.0')
    expect(machine.calls().slice(0, 2)).toEqual(['build', 'run'])
  })

  test('starts one process of each where none runs', async () => {
    machine.setContainers('')
    await machine.rollOut('1.1.0')
    expect(machine.read('calls')).toContain('--scale api=1 --scale worker=1')
    expect(machine.calls()).toEqual(['pull', 'run', 'up', 'readyz'])
  })

  test('starts the version, and nothing of the one before, where that was stopped', async () => {
    machine.setContainers('1.0.0-api api 1.0.0 exited\n1.0.0-worker worker 1.0.0 exited\n')
    await machine.rollOut('1.1.0')
    expect(machine.containers()).toEqual(after)
  })

  test('leaves the version before as it is when the new one does not become healthy', async () => {
    machine.setIll('1.1.0')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject(failed)
    expect(machine.calls()).toEqual(['pull', 'run', 'up', ...goneBack])
    expect(machine.containers()).toEqual(before)
    expect(machine.env()).toContain('RECTO_VERSION=1.0.0\n')
  })

  test('starts the version before again when the new one does not answer by the public name', async () => {
    machine.setPublicAnswer(22)
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject(failed)
    expect(machine.calls()).toEqual(['pull', 'run', 'up', 'stop 1.0.0-api', 'stop 1.0.0-worker', 'readyz', ...goneBack])
    expect(machine.outages()).toEqual([])
  })

  test.each(['none', '1.1.0'])('leaves alone what somebody runs beside it by `compose run` (ill: %s)', async (ill) => {
    const besides = '1.0.0-worker-run-1 worker 1.0.0 healthy one-off'
    machine.setContainers([...before, besides, ''].join('\n'))
    machine.setIll(ill)
    await machine.rollOut('1.1.0').catch(() => undefined)
    expect(machine.calls()).toContain('up')
    expect(machine.containers().toSorted()).toEqual([...(ill === 'none' ? after : before), besides].toSorted())
  })

  test('stays at a version that answers where an old container cannot be removed, which the next run does', async () => {
    machine.setFaults('"rm 1.0.0-api") false ;;')
    expect((await machine.rollOut('1.1.0')).stdout).toContain('runs 1.1.0')
    expect(machine.env()).toContain('RECTO_VERSION=1.1.0\n')
    machine.setFaults('')
    await machine.rollOut('1.2.0')
    expect(machine.containers()).toEqual(['1.2.0-api api 1.2.0 healthy', '1.2.0-worker worker 1.2.0 healthy'])
  })

  test('changes nothing where Docker does not answer', async () => {
    machine.setFaults('*) exit 1 ;;')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject({ code: 1 })
    expect(machine.calls()).toEqual([])
  })

  test('starts nothing of a version that cannot migrate, and says so', async () => {
    machine.setFaults('*" run "*) exit 1 ;;')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('1.1.0 did not migrate or start, back to 1.0.0'),
    })
    expect(machine.calls()).not.toContain('up')
    expect(machine.env()).toContain('RECTO_VERSION=1.0.0\n')
  })
})

describe('deploy/roll-out.sh, killed before any of its commands and run again', () => {
  /** Kills a roll-out before each of its first commands, on a machine of its own each time, and runs it again. */
  const killAtEach = async (prepare: (one: Machine) => unknown, most = Number.POSITIVE_INFINITY) => {
    await prepare(machine)
    const commands = Math.min(await machine.rollOutUntil(0, '1.1.0'), most)
    for (let command = 1; command <= commands; command++) {
      const one = newMachine()
      await prepare(one)
      await one.rollOutUntil(command, '1.1.0')
      await expectMended(one, `killed before its command ${command}`)
    }
    return commands
  }
  const expectMended = async (one: Machine, message?: string) => {
    one.setPublicAnswer(0)
    one.setFaults('')
    await one.rollOut('1.1.0')
    const containers = one.containers().map((line) => line.replaceAll('-again', ''))
    const versions = one.env().match(/^RECTO_VERSION=.*$/gm)
    const isLeft = one.files().includes('.roll-out')
    expect({ containers, versions, outages: one.outages(), isLeft }, message).toEqual({
      containers: after,
      versions: ['RECTO_VERSION=1.1.0'],
      outages: [],
      isLeft: false,
    })
  }
  /** Kills the shell that calls Docker, in place of what Docker does in this case. */
  const killAt = (pattern: string, change = '') => machine.setFaults(`${pattern}) ${change} kill -9 $PPID; exit 1 ;;`)
  const killed = { signal: 'SIGKILL' }

  test('serves all the time and ends with the new version alone', async () => {
    expect(await killAtEach(() => undefined)).toBe(13)
  })

  test('does so where the run that was killed was going back', async () => {
    await killAtEach((one) => one.setPublicAnswer(22))
  })

  test('does so where the second run is killed while it ends what the first one left', async () => {
    const killInBetween = async (one: Machine) => {
      await one.rollOutUntil(8, '1.1.0')
      expect(one.containers()[0]).toBe('1.0.0-api api 1.0.0 exited')
    }
    await killAtEach(killInBetween, 9)
  })

  test('does so where only the API of the new version had been started', async () => {
    killAt('*" up "*', 'echo "1.1.0-api api 1.1.0 starting" >> containers;')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject(killed)
    await expectMended(machine)
  })

  test('does so where nothing ran before', async () => {
    machine.setContainers('')
    machine.setPublicAnswer(22)
    expect(await machine.rollOutUntil(6, '1.1.0')).toBe(6)
    expect(machine.containers()).toEqual(after)
    await expectMended(machine)
  })

  test('does so where Docker does not answer the run after it', async () => {
    await machine.rollOutUntil(8, '1.1.0')
    machine.setFaults('*) exit 1 ;;')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject({ code: 1 })
    await expectMended(machine)
  })

  test('removes nothing that somebody has started by hand meanwhile', async () => {
    killAt('"stop 1.0.0-worker"')
    await expect(machine.rollOut('1.1.0')).rejects.toMatchObject(killed)
    machine.setContainers('1.0.1-api api 1.0.1 healthy\n1.0.0-worker worker 1.0.0 healthy\n')
    await expectMended(machine)
  })
})
