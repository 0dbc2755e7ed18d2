import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { CHECK_WAIT_MS, WAIT_MAX_MS } from '../../api/src/deadlines.ts'
import { apiEnvironment } from '../../api/src/environment.ts'
import { workerEnvironment } from '../../worker/src/environment.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const seconds = z.number().int().positive()
const options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const role = z.strictObject({ hosts: z.array(z.string()), proxy: z.literal(false).optional(), options })
/** The keys of Kamal's reference, as far as the two files have them: Kamal refuses any other. */
const Config = z.strictObject({
  service: z.string().regex(/^[a-z0-9_-]+$/),
  image: z.string(),
  minimum_version: z.string().regex(/^2\.\d+\.\d+$/),
  hooks_path: z.string(),
  secrets_path: z.string(),
  registry: z.strictObject({ server: z.string(), username: z.string(), password: z.tuple([z.string()]) }),
  builder: z.strictObject({ arch: z.enum(['amd64', 'arm64']), dockerfile: z.string(), target: z.string() }),
  primary_role: z.string().default('web'),
  servers: z.record(z.string(), role),
  proxy: z
    .strictObject({
      host: z.string(),
      ssl: z.boolean(),
      app_port: z.number(),
      response_timeout: seconds,
      healthcheck: z.strictObject({ path: z.string(), interval: seconds, timeout: seconds }),
      buffering: z.strictObject({ requests: z.boolean(), max_request_body: z.number(), responses: z.boolean() }),
    })
    .optional(),
  env: z.strictObject({ clear: z.record(z.string(), z.string()), secret: z.array(z.string()) }),
  volumes: z.array(z.string()),
  deploy_timeout: seconds,
  drain_timeout: seconds,
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
})
const configs = {
  api: Config.parse(parse(read('deploy/kamal/deploy.yml'))),
  worker: Config.parse(parse(read('deploy/kamal/worker.yml'))),
}
const processes = ['api', 'worker'] as const
const roleOf = (process: 'api' | 'worker') => {
  const { servers, primary_role } = configs[process]
  expect(Object.keys(servers)).toEqual([primary_role])
  return role.parse(servers[primary_role])
}

const secrets = read('deploy/kamal/secrets')
const secretNames = [...secrets.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
const hookPath = 'deploy/kamal/hooks/pre-deploy'
const hook = read(hookPath)
const ofMigration = [...hook.matchAll(/--env (\w+)/g)].map(([, name = '']) => name)

/** The variables of docs/configuration.md that a process reads. */
const documented = (process: string) =>
  [...read('docs/configuration.md').matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|/gm)]
    .filter(([, , by = '']) => by.split(', ').includes(process))
    .map(([, name = '']) => name)

describe.each(processes)('the configuration of the %s', (process) => {
  const config = configs[process]

  test('builds the image of this target, and starts it as it is', () => {
    expect(config.image).toMatch(new RegExp(`/recto-${process}$`))
    expect(config.builder).toMatchObject({ dockerfile: 'deploy/Dockerfile', target: process })
    const dockerfile = read(config.builder.dockerfile)
    expect(dockerfile).toContain(`\nFROM base AS ${process}\n`)
    expect(dockerfile).toContain('\nUSER 65532:65532\n')
  })

  test('starts containers without rights and without published ports, on a root that cannot be changed', () => {
    expect(roleOf(process).options).toEqual({
      'read-only': true,
      tmpfs: '/tmp:size=64m,mode=1777',
      'cap-drop': 'ALL',
      'security-opt': 'no-new-privileges:true',
      memory: '1g',
      'pids-limit': 256,
      'stop-timeout': 30,
      ...(process === 'worker' && { 'cpu-shares': 256 }),
    })
    expect(config.volumes).toEqual(['/etc/recto:/etc/recto:ro'])
    expect(config.logging).toEqual({ driver: 'json-file', options: { 'max-size': '20m', 'max-file': '5' } })
  })

  test('gives containers more time to stop than the process takes', () => {
    const deadline = Number(config.env.clear.SHUTDOWN_DEADLINE_SECONDS)
    expect(deadline).toBe(10)
    expect(roleOf(process).options['stop-timeout']).toBeGreaterThan(deadline)
    expect(config.drain_timeout).toBeGreaterThan(deadline)
  })

  test('has only variables that this process reads, and all that it needs', () => {
    const { clear, secret } = config.env
    const given = [...Object.keys(clear), ...secret]
    expect(given.filter((name) => !documented(process).includes(name))).toEqual([])
    const environment: Record<string, z.ZodType> = process === 'api' ? apiEnvironment : workerEnvironment
    const needed = Object.entries(environment).filter(([, schema]) => !schema.safeParse(undefined).success)
    expect(needed.length).toBeGreaterThan(0)
    expect(needed.map(([name]) => name).filter((name) => !given.includes(name))).toEqual([])
    for (const [name, value] of Object.entries(clear))
      expect(environment[name]?.safeParse(value).success ?? true, name).toBe(true)
  })

  test('has as secrets what Kubernetes has in the Secret of this process, and no value of them', () => {
    const rows = read('docs/deploy-kubernetes.md').match(new RegExp(`^\\| \`recto-${process}\` \\|.*$`, 'gm')) ?? []
    expect(config.env.secret).toEqual(rows.join().match(/\b[A-Z]+_[A-Z_]+\b/g))
    for (const name of [...config.env.secret, ...config.registry.password]) expect(secretNames).toContain(name)
  })
})

test('both configurations differ in their service, and share hooks, secrets and the registry', () => {
  const { api, worker } = configs
  expect([api.service, worker.service]).toEqual(['recto', 'recto-worker'])
  for (const key of ['hooks_path', 'secrets_path', 'registry', 'minimum_version'] as const)
    expect(worker[key]).toEqual(api[key])
  expect(join(api.hooks_path, 'pre-deploy')).toBe(hookPath)
  expect(api.secrets_path).toBe('deploy/kamal/secrets')
})

describe('kamal-proxy', () => {
  const { proxy } = configs.api

  test('is in front of the port of the API alone, and asks whether it is ready', () => {
    expect(configs.worker.proxy).toBeUndefined()
    expect(roleOf('worker').proxy).toBe(false)
    expect(proxy).toMatchObject({ ssl: true, healthcheck: { path: '/readyz' } })
    expect(read('deploy/Dockerfile')).toContain(`\nENV PORT=${proxy?.app_port}\n`)
    expect(read('api/src/health/routes.ts')).toContain(`.get('${proxy?.healthcheck.path}'`)
    expect(configs.api.env.clear.METRICS_PORT).not.toBe(String(proxy?.app_port))
  })

  test('waits longer for an answer than the API does, passes on events at once, and takes bodies as large as Caddy', () => {
    const longest = Math.max(CHECK_WAIT_MS, WAIT_MAX_MS) / 1000
    expect(proxy?.response_timeout).toBeGreaterThan(longest)
    expect(configs.api.drain_timeout).toBeGreaterThan(longest)
    expect(read('deploy/helm/recto/values.yaml')).toContain(`proxy-read-timeout: "${proxy?.response_timeout}"`)
    expect(proxy?.buffering).toEqual({ requests: true, max_request_body: 70_000_000, responses: false })
    expect(read('deploy/Caddyfile')).toContain('max_size 70MB')
  })
})

test('the file of secrets names those of both configurations and of the migration, each once, and no value', () => {
  const { api, worker } = configs
  const ofMigrationInKubernetes = ['DATABASE_URL', 'RECTO_API_PASSWORD', 'RECTO_WORKER_PASSWORD']
  expect(secretNames.toSorted()).toEqual(
    [...api.registry.password, ...api.env.secret, ...worker.env.secret, ...ofMigrationInKubernetes].toSorted(),
  )
  const lines = secrets.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(lines).toEqual(secretNames.map((name) => `${name}=$${name}`))
})

describe('the hook before a deployment', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'recto-kamal-'))
    mkdirSync(join(folder, 'bin'))
    program('git', 'echo archive')
    program('docker', 'case "$1" in build) cat > /dev/null; echo sha256:built ;; esac')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Puts a program in the way of the real one, which writes down how it was called. */
  const program = (name: string, body: string) => {
    const path = join(folder, 'bin', name)
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${join(folder, 'calls')}"\n${body}\n`)
    chmodSync(path, 0o755)
  }
  const runHook = (command: string) =>
    run(join(root, hookPath), {
      cwd: folder,
      env: {
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        KAMAL_COMMAND: command,
        DATABASE_URL: 'postgres://postgres:s3cret@db/postgres',
      },
    })
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').toSorted()

  test('is a script that the shell understands, and may be run', async () => {
    await run('sh', ['-n', join(root, hookPath)])
    expect(statSync(join(root, hookPath)).mode & 0o111).toBe(0o111)
  })

  test.each(['setup', 'deploy', 'redeploy'])(
    'migrates on %s, by an image of the commit, without rights',
    async (command) => {
      await runHook(command)
      const [build = '', migration = '', archive = ''] = calls()
      expect(archive).toBe('git archive --format=tar.gz HEAD')
      expect(build).toContain('docker build --quiet --file deploy/Dockerfile --target migrate -')
      for (const flag of ['--rm', '--read-only', '--cap-drop ALL', '--security-opt no-new-privileges:true'])
        expect(migration).toContain(` ${flag} `)
      expect(migration).toMatch(/^docker run .* sha256:built$/)
      expect(migration).not.toContain('s3cret')
      expect(read('deploy/Dockerfile')).toContain('\nFROM base AS migrate\n')
    },
  )

  test('passes on every variable of the migration', () => {
    expect(ofMigration.toSorted()).toEqual(documented('migrate').toSorted())
  })

  test.each(['build', 'run'])('fails, and with it the deployment, when docker %s does', async (step) => {
    program('docker', `case "$1" in ${step}) exit 3 ;; build) cat > /dev/null; echo sha256:built ;; esac`)
    await expect(runHook('deploy')).rejects.toMatchObject({ code: 3 })
    expect(calls().some((call) => call.startsWith('docker run'))).toBe(step === 'run')
  })

  test('does not migrate when Kamal rolls back', async () => {
    await runHook('rollback')
    expect(() => calls()).toThrow('ENOENT')
  })
})
