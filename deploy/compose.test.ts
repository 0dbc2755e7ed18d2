import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const folder = import.meta.dirname
const text = readFileSync(join(folder, 'compose.prod.yaml'), 'utf8')
const example = readFileSync(join(folder, 'env.example'), 'utf8')
const processExample = readFileSync(join(folder, '..', '.env.example'), 'utf8')

const serviceSchema = z.looseObject({
  image: z.string(),
  build: z.looseObject({ target: z.string() }).optional(),
  profiles: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
  restart: z.string(),
  read_only: z.boolean().optional(),
  volumes: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()),
  cpu_shares: z.number().optional(),
  environment: z.record(z.string(), z.string().nullable()),
  healthcheck: z.looseObject({}).optional(),
  deploy: z.object({
    resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string(), pids: z.number() }) }),
  }),
})
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) })
const document: unknown = parse(text, { merge: true })
const { services } = composeSchema.parse(document)
const serviceOf = (name: string) => serviceSchema.parse(services[name])
const processes = ['api', 'worker', 'migrate']

/** The variables that an example file names, commented out or not. */
const namesIn = (file: string) => [...file.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name)

/** The variables that whoever starts the services can set: those in `${…}`, and those that a service passes on. */
const taken = () => {
  const passedOn = Object.values(services).flatMap(({ environment }) =>
    Object.keys(environment).filter((name) => environment[name] === null),
  )
  return new Set([...passedOn, ...[...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name = '']) => name)])
}

describe('deploy/compose.prod.yaml', () => {
  test('is valid by the schema of the Compose specification', () => {
    const schemas = join(dirname(fileURLToPath(import.meta.resolve('dclint'))), '..', 'schemas')
    const { $schema: _, ...schema } = JSON.parse(readFileSync(join(schemas, 'compose.schema.json'), 'utf8'))
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    validate(document)
    expect(validate.errors).toBeNull()
    expect(validate({ services: { api: { image: 1 } } })).toBe(false)
  })

  test('gives public ports to Caddy alone', () => {
    const open = Object.entries(services).filter(([, { ports, network_mode }]) => ports || network_mode)
    expect(open.map(([name]) => name)).toEqual(['caddy'])
    expect(serviceOf('caddy').ports).toEqual(['80:80', '443:443', '443:443/udp'])
  })

  test('limits every service, restarts it, and lets no process gain rights', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.restart, name).toBe(name === 'migrate' ? 'on-failure:3' : 'unless-stopped')
      expect(service.security_opt, name).toEqual(['no-new-privileges:true'])
    }
  })

  test('starts the processes of Recto from the targets of the Dockerfile, read-only and without rights of the kernel', () => {
    for (const name of processes) {
      const service = serviceOf(name)
      expect(service.build?.target).toBe(name)
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: [expect.stringMatching(/^\/tmp:/)] })
    }
  })

  test('gives workers and backups a quarter of the CPU time of others when there is too little, as the unit does', () => {
    const shares = Object.entries(services).filter(([, { cpu_shares }]) => cpu_shares !== undefined)
    expect(shares.map(([name, { cpu_shares }]) => [name, cpu_shares])).toEqual([
      ['worker', 1_024 / 4],
      ['backup', 1_024 / 4],
    ])
    expect(readFileSync(join(folder, 'systemd', 'recto-worker.service'), 'utf8')).toContain('\nCPUWeight=25\n')
    expect(readFileSync(join(folder, 'systemd', 'recto-api.service'), 'utf8')).not.toContain('CPUWeight')
  })

  test('shows the files of deploy/files to the processes of Recto, and to nobody else', () => {
    const readers = Object.entries(services).filter(([, { volumes }]) => volumes?.includes('./files:/etc/recto:ro'))
    expect(readers.map(([name]) => name).toSorted()).toEqual(processes.toSorted())
  })

  test('pins every image by its version, and checks the health of each service that its image does not', () => {
    for (const [name, { image, build, healthcheck }] of Object.entries(services)) {
      if (build) continue
      expect(image, name).toMatch(/^docker\.io\/.+:v?\d+\.\d+(\.\d+)*(-\w+)?(@sha256:[0-9a-f]{64})?$/)
      expect(healthcheck, name).toBeDefined()
      // `up --wait` fails for a service without a check, and `localhost` is an address that not all of them listen at.
      expect(healthcheck, name).not.toHaveProperty('disable')
      expect(JSON.stringify(healthcheck), name).not.toContain('http://localhost')
    }
  })

  test('runs Postgres, Auth, PostgREST and backups only where the project is self-hosted', () => {
    const optional = Object.entries(services).filter(([, { profiles }]) => profiles?.includes('self-hosted'))
    expect(optional.map(([name]) => name)).toEqual(['db', 'auth', 'rest', 'backup'])
  })

  test('gives keys of providers to workers alone, and the database of its owner to the migration alone', () => {
    const holders = (pattern: RegExp) =>
      Object.keys(services).filter((name) => Object.keys(serviceOf(name).environment).some((key) => pattern.test(key)))
    expect(holders(/_API_KEY$|^SCW_/)).toEqual(['worker'])
    expect(holders(/^DATABASE_URL$/)).toEqual(['migrate'])
  })
})

describe('variables', () => {
  test('deploy/env.example names exactly what compose.prod.yaml takes', () => {
    expect(new Set(namesIn(example))).toEqual(taken())
    expect(namesIn(example)).toHaveLength(taken().size)
  })

  test('compose.prod.yaml gives to the processes what .env.example names for them, but for what only development needs', () => {
    const given = new Set(processes.flatMap((name) => Object.keys(serviceOf(name).environment)))
    const elsewhere = [
      // The image sets them.
      ...['HOST', 'PORT', 'WORKER_PORT'],
      // For workers that cron starts.
      ...['WORKER_ONCE', 'WORKER_ONCE_SECONDS'],
      // For the local system, its dashboard, and tests.
      ...['RECTO_HOME', 'RECTO_TOKEN', 'RECTO_STUB', 'RECTO_LOCAL_SIGN_IN'],
      ...['DASHBOARD_DATABASE_URL', 'DASHBOARD_PORT', 'DASHBOARD_PASSWORD'],
      ...['OPENROUTER_BASE_URL', 'SCALEWAY_BASE_URL'],
      // For `npm run move`, which an operator runs from a checkout.
      'RECTO_CELL_OWNERS',
      // Older names, and what no process reads.
      ...namesIn(processExample).filter((name) => /^SCW_(?!SECRET_KEY|PROJECT_ID)/.test(name)),
    ]
    expect([...given].filter((name) => !namesIn(processExample).includes(name))).toEqual([])
    expect(new Set(namesIn(processExample))).toEqual(new Set([...given, ...elsewhere]))
  })
})
