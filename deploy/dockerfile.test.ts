import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8')
/** The instructions, each in one line. */
const instructions = text
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
/** The instructions of each stage, by its name. */
const stages = new Map<string, string[]>()
for (const line of instructions) {
  const name = /^FROM .* AS (\S+)$/.exec(line)?.[1]
  if (name !== undefined) stages.set(name, [])
  stages.get([...stages.keys()].at(-1) ?? '')?.push(line)
}

const stage = (name: string): string[] => stages.get(name) ?? []

describe('deploy/Dockerfile', () => {
  test('pins both base images by version or user, and by digest', () => {
    const bases = instructions.filter((line) => line.startsWith('ARG '))
    expect(bases).toEqual([
      expect.stringMatching(/^ARG BUILD_IMAGE=\S+:\d+\.\d+\.\d+-\S+@sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^ARG BASE_IMAGE=\S+:nonroot@sha256:[0-9a-f]{64}$/),
    ])
    const external = instructions
      .flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? [])
      .filter((name) => !stages.has(name))
    expect(new Set(external)).toEqual(new Set(['BUILD_IMAGE', 'BASE_IMAGE'].map((name) => `\${${name}}`)))
  })

  test('builds with the Node.js of the project', () => {
    const schema = z.object({ config: z.object({ node: z.string() }) })
    const { config } = schema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    expect(text).toContain(`/node:${config.node}-`)
  })

  test.each(['api', 'worker', 'migrate'])(
    'target %s runs nothing while it is built, and says whether it is healthy',
    (name) => {
      expect(stage(name)[0]).toBe(`FROM base AS ${name}`)
      for (const line of [...stage('base'), ...stage(name)]) expect(line).not.toMatch(/^(RUN|ADD|SHELL) /)
      expect(stage(name).filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1)
    },
  )

  test('runs as a user that is not root, by commands without a shell', () => {
    expect(stage('base')).toContain('USER 65532:65532')
    expect(instructions.filter((line) => line.startsWith('USER '))).toHaveLength(1)
    const commands = instructions.filter((line) => /^(CMD|ENTRYPOINT) /.test(line))
    expect(commands).toHaveLength(6)
    for (const line of commands) expect(line).toMatch(/^\w+ \[".*"\]$/)
  })

  test('installs what the lockfile says, and for the last stages production dependencies alone', () => {
    const installs = instructions.filter((line) => line.includes('pnpm install'))
    expect(installs).toHaveLength(5)
    for (const line of installs) expect(line).toContain('--frozen-lockfile --ignore-scripts')
    for (const name of ['api-packages', 'worker-packages', 'migrate-packages', 'telemetry-packages'])
      expect(stage(name).filter((line) => line.startsWith('RUN pnpm install --prod '))).toHaveLength(1)
  })

  test.each(['api', 'worker'])('target %s-telemetry is %s with the SDK, which only its process loads', (name) => {
    const [from, ...lines] = stage(`${name}-telemetry`)
    expect(from).toBe(`FROM ${name} AS ${name}-telemetry`)
    const loading = stage(name)
      .at(-1)
      ?.replace(/"(?=\w+\/src)/, '"--import", "./deploy/telemetry/register.ts", "')
    expect(lines.at(-1)).toBe(loading)
    for (const line of lines) expect(line).toMatch(/^(COPY|CMD) /)
  })

  test('starts the API with the arguments of `npm run api`', () => {
    const schema = z.object({ scripts: z.object({ api: z.string() }) })
    const { scripts } = schema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    const [, args = ''] = /^CMD (\[.*\])$/.exec(stage('api').at(-1) ?? '') ?? []
    expect(scripts.api).toContain(` node ${z.array(z.string()).parse(JSON.parse(args)).join(' ')}`)
  })
})
