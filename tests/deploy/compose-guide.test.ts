import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newText } from '../support/text.ts'
import { compose, newSettings, startComposeServer } from './compose-server.ts'
import { expectedOutput, fillIn, placeholdersOf, readGuide, type Step } from './guide.ts'

const SETUP_MS = 20 * 60_000
const domain = 'recto.example.com'
const sections = [...readGuide('deploy-vps.md')].filter(([name]) => name.startsWith('With Compose > '))

const values: Record<string, string> = { '<address of this repository>': 'file:///srv/recto.git', '<file>': '' }
const settings = newSettings(domain)
let setup: Awaited<ReturnType<typeof startComposeServer>>
beforeAll(async () => {
  setup = await startComposeServer(domain, settings.SUPABASE_JWT_SECRET)
}, SETUP_MS)
afterAll(() => setup?.stop(), SETUP_MS)

/** Carries out a command of the guide as printed, and compares the end of what it prints with what the guide says. */
const follow = async ({ command, prints }: Step): Promise<string> => {
  const output = await setup.must(fillIn(command, values))
  const expected = prints.map((line) => fillIn(line, values))
  if (prints.length > 0) expect(output.split('\n').slice(-prints.length).join('\n')).toMatch(expectedOutput(expected))
  return output
}
const stepsOf = (heading: string): Step[] => {
  const [, steps] = sections.find(([name]) => name.includes(heading)) ?? []
  if (!steps) throw new Error(`the guide has no section ${heading}`)
  return steps
}

/** Writes a line of .env, as the reader of the guide does in an editor. */
const set = (name: string, value: string) =>
  setup.must(`sed -i 's|^${name}=.*|${name}=${value}|' /opt/recto/deploy/.env`)

/** Says of itself what a process of Recto may do. Its container has no other program than Node.js. */
const confession = `
const { readFileSync, writeFileSync } = require("fs")
const attempt = (path) => { try { writeFileSync(path, ""); return "done" } catch (error) { return error.code } }
const rights = readFileSync("/proc/self/status", "utf8").match(/CapEff:.(.*)/)[1]
console.log([process.getuid(), rights, attempt("/app/new"), attempt("/tmp/new")].join(" "))`

describe('the guide to a server with Compose, followed as printed with Docker Engine and stand-ins for images', () => {
  test('has no placeholder without a value here, and there is no value that it lacks', () => {
    const used = sections.flatMap(([, steps]) => steps.flatMap(({ command }) => placeholdersOf(command)))
    expect([...new Set(used)].sort()).toEqual(Object.keys(values).sort())
  })

  test(
    'leads from sources to healthy services, and to cards by the public name',
    async () => {
      for (const step of stepsOf('1.')) {
        const output = await follow(step)
        if (step.command.startsWith('openssl '))
          for (const [name, value] of Object.entries(settings)) await set(name, value)
        if (step.command.endsWith('publishable-key.ts')) await set('SUPABASE_PUBLISHABLE_KEY', output)
      }
      for (const step of stepsOf('2.')) await follow(step)
      const ana = await setup.addPerson('ana@example.com')
      await setup.succeeds(ana, await setup.submit(ana))
      // PostgREST answers below the same name.
      expect(await setup.client.call('/rest/v1/ai_generations?select=status', ana)).toMatchObject({
        status: 200,
        json: [{ status: 'succeeded' }],
      })
    },
    SETUP_MS,
  )

  test('has Caddy alone at the public address', async () => {
    const opens = (port: number) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, setup.server.address, () => resolve(true)).once('error', () => resolve(false))
        socket.once('close', () => socket.destroy()).setTimeout(2_000, () => socket.destroy())
      })
    const open = []
    for (const port of [80, 443, 2019, 3000, 3001, 5432, 8787, 8788, 8789, 9999]) if (await opens(port)) open.push(port)
    expect(open).toEqual([80, 443])
    // The database has no way out: nothing leads from its network to other machines.
    const reach = `timeout 5 bash -c 'exec 3<> /dev/tcp/${setup.server.outside}/443'`
    expect((await setup.server.run(`${compose} exec -T db ${reach}`)).status).not.toBe(0)
    expect((await setup.server.run(`${compose} exec -T auth ${reach}`)).status).toBe(0)
  })

  test('holds limits of memory and tasks, roots that are read-only, and no right of the kernel', async () => {
    for (const service of ['api', 'worker'])
      expect(await setup.must(`${compose} exec -T ${service} /usr/local/bin/node -e '${confession}'`), service).toBe(
        '65532 0000000000000000 EROFS done',
      )
    const format = '{{.Name}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}}'
    const limits = await setup.must(`docker inspect --format '${format}' $(${compose} ps --quiet) | sort`)
    expect(limits.split('\n').map((line) => line.replace(/^\/recto-(\w+)-1/, '$1'))).toEqual([
      'api 1073741824 256 true',
      'auth 268435456 128 true',
      'backup 1073741824 128 false',
      'caddy 268435456 256 true',
      'db 4294967296 1024 false',
      'rest 536870912 128 true',
      'worker 1073741824 256 true',
    ])
    // A process that takes more than its limit is ended by the kernel, and not the server's others.
    const hungry = await setup.server.run(
      `${compose} run --rm --no-deps --entrypoint /usr/local/bin/node worker -e 'const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))'`,
    )
    expect(hungry.status).toBe(137)
  })

  test('passes on an event of a stream at once', async () => {
    await setup.must(`${compose} stop worker`)
    const ana = await setup.addPerson('stream@example.com')
    const id = await setup.submit(ana)
    const stream = await setup.client.open(`/api/ai/generations/${id}/events`, ana)
    stream.setEncoding('utf8')
    await once(stream, 'data')
    expect(stream.readableEnded).toBe(false)
    const rest = text(stream)
    await setup.must(`${compose} start worker`)
    expect(await rest).toContain('succeeded')
  })

  test('brings back an API and a worker that were killed', async () => {
    for (const service of ['api', 'worker']) {
      await setup.must(`kill -KILL $(docker inspect --format '{{.State.Pid}}' $(${compose} ps --quiet ${service}))`)
      const restarts = async () =>
        (await setup.server.run(`docker inspect --format '{{.RestartCount}}' $(${compose} ps --quiet ${service})`))
          .output
      await until(async () => (await restarts()).trim() === '1', { what: 'the restart', timeoutMs: 60_000 })
      await setup.becomesHealthy(service)
    }
    const ana = await setup.addPerson('after@example.com')
    await setup.succeeds(ana, await setup.submit(ana))
  })

  test(
    'backs up, and goes back to the file on a server that has nothing else',
    async () => {
      const people = await setup.query('select count(*) from auth.users')
      const readKey = () =>
        setup.must(`${compose} exec -T --user postgres db cat /etc/postgresql-custom/pgsodium_root.key`)
      const key = await readKey()
      for (const step of stepsOf('3.')) {
        const output = await follow(step)
        if (step.command.endsWith('/backup.sh')) {
          expect(output).toContain(`tried: ${people} people`)
          values['<file>'] = /recto-\S+\.tar\.gz/.exec(output)?.[0] ?? ''
          await setup.addPerson('late@example.com')
        }
        if (step.command.endsWith(' down')) await setup.must('docker volume rm recto_db-config')
      }
      expect(await setup.query('select count(*) from auth.users')).toBe(people)
      expect(await readKey()).toBe(key)
      expect(await setup.query("select count(*) from public.ai_generations where status = 'succeeded'")).not.toBe('0')
    },
    SETUP_MS,
  )

  test(
    'rolls out a new version without the loss of a request',
    async () => {
      const ana = await setup.addPerson('new@example.com')
      const answers: Record<string, number> = {}
      let over = false
      const ask = async (body?: () => unknown) => {
        while (!over) {
          const answer = await setup.client.call('/api/ai/generations', ana, body?.()).catch(String)
          const key = typeof answer === 'string' ? answer : String(answer.status)
          const seen = /^(200|202|429)$/.test(key) ? key : JSON.stringify(answer)
          answers[seen] = (answers[seen] ?? 0) + 1
        }
      }
      const asking = [ask(), ask(), ask(() => ({ source_text: newText() }))]
      for (const step of stepsOf('4.')) await follow(step)
      over = true
      await Promise.all(asking)
      // The limit of submissions per minute is met.
      expect(Object.keys(answers).filter((key) => !/^(200|202|429)$/.test(key))).toEqual([])
      expect(answers['200']).toBeGreaterThan(10)
      expect(await setup.query(`select obj_description('recto'::regnamespace)`)).toBe('v0.1.1')
      const images = await setup.must(`${compose} ps --format '{{.Image}}' api worker`)
      expect(images.split('\n').sort()).toEqual(['recto-api:0.1.1', 'recto-worker:0.1.1'])
      const bea = await setup.addPerson('bea@example.com')
      await setup.succeeds(bea, await setup.submit(bea))
    },
    SETUP_MS,
  )

  test(
    'keeps the version that runs where the next one, from a registry, does not become healthy',
    async () => {
      // A process that only waits.
      const image = 'FROM recto-api:0.1.1\\nCMD ["-e", "setInterval(String, 1e6)"]\\n'
      await setup.must(`printf '${image}' | docker build --quiet --tag localhost:5000/recto-api:0.1.2 -`)
      for (const name of ['worker', 'migrate'])
        await setup.must(`docker tag recto-${name}:0.1.1 localhost:5000/recto-${name}:0.1.2`)
      for (const name of ['api', 'worker', 'migrate'])
        await setup.must(
          `docker push --quiet localhost:5000/recto-${name}:0.1.2 && docker rmi localhost:5000/recto-${name}:0.1.2`,
        )
      await setup.must('echo RECTO_IMAGES=localhost:5000/ >> /opt/recto/deploy/.env')

      const list = () => setup.must(`${compose} ps --all --format '{{.Name}} {{.Image}} {{.Health}}' api worker`)
      const before = await list()
      const { status, output } = await setup.server.run('sh /opt/recto/deploy/roll-out.sh 0.1.2')
      expect([status, output]).toEqual([1, expect.stringContaining('0.1.2 is not healthy, back to 0.1.1')])
      expect(await list()).toBe(before)
      expect(await setup.must(`curl --silent --fail https://${domain}/readyz`)).toBe('{"status":"ready"}')
    },
    SETUP_MS,
  )
})
