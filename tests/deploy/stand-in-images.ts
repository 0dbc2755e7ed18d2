import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { postgrestProgram } from '@recto/local/binaries'
import { projectRoot } from '@recto/local/home'
import { until } from '@recto/local/until'
import { parse } from 'yaml'
import { z } from 'zod'
import { writeBaseImage } from './base-images.ts'
import { type DockerServer, openDebian13 } from './docker-server.ts'

const run = promisify(execFile)
const deploy = join(projectRoot, 'deploy')

/** The images from registries that this project names, by the target of stand-ins/Dockerfile that stands for each. */
const imageNames = (): Record<string, string> => {
  const compose = z
    .object({ services: z.record(z.string(), z.object({ image: z.string() })) })
    .parse(parse(readFileSync(join(deploy, 'compose.prod.yaml'), 'utf8'), { merge: true }))
  const dockerfile = readFileSync(join(deploy, 'Dockerfile'), 'utf8')
  const argument = (name: string) => new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1] ?? ''
  const image = (service: string) => compose.services[service]?.image ?? ''
  return {
    node: argument('BUILD_IMAGE'),
    base: argument('BASE_IMAGE'),
    caddy: image('caddy'),
    postgres: image('db'),
    auth: image('auth'),
    rest: image('rest'),
  }
}

/** Writes what stand-ins/Dockerfile copies. `authority` is the one of the certificates in place of the internet. */
const writeContext = (folder: string, authority: string): void => {
  cpSync(join(import.meta.dirname, 'stand-ins'), folder, { recursive: true })
  const put = (from: string, to: string) =>
    cpSync(realpathSync(from), join(folder, to), { recursive: true, dereference: true })
  put(process.execPath, 'node/bin/node')
  put(join(projectRoot, 'local/src/bootstrap.sql'), 'bootstrap.sql')
  put(postgrestProgram() ?? '', 'postgrest')
  writeBaseImage(join(folder, 'base'))
  mkdirSync(join(folder, 'authorities'))
  writeFileSync(join(folder, 'authorities/internet.crt'), authority)
  for (const path of globSync('/usr/local/share/ca-certificates/*.crt')) put(path, join('authorities', basename(path)))
}

const fileSchema = z.object({ Repositories: z.record(z.string(), z.record(z.string(), z.string())) })

/** Lets Docker know images by the digests that the project pins, which only a registry can give to an image. */
const pretendDigests = async (server: DockerServer, names: string[]): Promise<void> => {
  const path = join(server.root, 'var/lib/docker/image/overlay2/repositories.json')
  const { Repositories } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const name of names) {
    const [tagged = '', digest] = name.replace(/^docker\.io\/(library\/)?/, '').split('@')
    const images = Repositories[tagged.replace(/:[^:/]+$/, '')]
    const id = images?.[tagged]
    if (digest !== undefined && images && id !== undefined) images[`${tagged.replace(/:[^:/]+$/, '')}@${digest}`] = id
  }
  const before = await server.run('pgrep --oldest --exact dockerd')
  writeFileSync(path, JSON.stringify({ Repositories }))
  await server.run('pkill --exact dockerd')
  const restarted = async () =>
    (await server.run('pgrep --oldest --exact dockerd')).output !== before.output &&
    (await server.run('docker info')).status === 0
  await until(restarted, { what: 'the restart of Docker', timeoutMs: 60_000 })
}

/** Builds the images of stand-ins/Dockerfile on a server, under the names of those that they stand for. */
export const buildStandIns = async (server: DockerServer, authority: string): Promise<void> => {
  const folder = join(server.root, 'srv')
  const must = async (command: string) => {
    const { status, output } = await server.run(command)
    if (status !== 0) throw new Error(`${command}\n${output}`)
  }
  await run('tar', [
    '-C',
    await openDebian13('services'),
    '--exclude=./proc',
    '--exclude=./sys',
    '--exclude=./dev',
    '-cf',
    join(folder, 'debian.tar'),
    '.',
  ])
  await must('docker import /srv/debian.tar stand-in/debian')
  writeContext(join(folder, 'stand-ins'), authority)
  // npm is that of this machine.
  const { stdout } = await run('which', ['npm'])
  const npm = dirname(dirname(realpathSync(stdout.trim())))
  cpSync(npm, join(folder, 'stand-ins/node/lib/node_modules/npm'), { recursive: true })
  const names = imageNames()
  for (const [target, name] of Object.entries(names))
    await must(`docker build --quiet --target ${target} --tag ${name.split('@')[0]} /srv/stand-ins`)
  await pretendDigests(server, Object.values(names))
  for (const name of ['debian.tar', 'stand-ins']) rmSync(join(folder, name), { recursive: true })
}
