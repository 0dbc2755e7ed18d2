import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { z } from 'zod'
import { buildMounts, writeBaseImage, writeBuildImage } from './base-images.ts'

const run = promisify(execFile)

const configSchema = z.object({
  Env: z.array(z.string()),
  User: z.string(),
  WorkingDir: z.string(),
  Entrypoint: z.array(z.string()),
  Cmd: z.array(z.string()),
  Healthcheck: z.object({ Test: z.array(z.string()) }),
})

/** A built image: how a container of it starts, and the folder with its files. */
export type Image = { config: z.infer<typeof configSchema>; root: string }

export const targets = ['api', 'worker', 'migrate'] as const
export const tracedTargets = ['api-telemetry', 'worker-telemetry'] as const
export type Target = (typeof targets)[number] | (typeof tracedTargets)[number]

/**
 * Builds the targets of deploy/Dockerfile with buildah. No registry of images can be reached here, so both base images
 * are made of this machine's Debian and Node.js. All else is as in a build elsewhere, the installed packages too.
 */
export const buildImages = async (): Promise<{ images: Record<Target, Image>; remove: () => Promise<void> }> => {
  const cache = join(projectRoot, '.recto', 'cache')
  mkdirSync(cache, { recursive: true })
  // Not a temporary folder: those of tests are in memory, and this is a gigabyte.
  const folder = mkdtempSync(join(cache, 'images-'))
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
  const buildah = async (...args: string[]) =>
    (await run('buildah', [...storage, ...args], { cwd: projectRoot, maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
  const remove = async () => {
    await buildah('umount', '--all')
    rmSync(folder, { recursive: true, force: true })
  }

  const isolation = ['--isolation', 'chroot', '--format', 'docker', '--layers']
  const { stdout } = await run('pnpm', ['store', 'path'], { cwd: projectRoot })
  const mounts = buildMounts(dirname(stdout.trim())).flatMap((mount) => ['--volume', mount])
  const bases = ['--build-arg', 'BUILD_IMAGE=localhost/build', '--build-arg', 'BASE_IMAGE=localhost/base']
  const build = async (target: Target): Promise<Image> => {
    const tag = `localhost/recto-${target}`
    const file = ['--file', 'deploy/Dockerfile', '--target', target, '--tag', tag]
    await buildah('build', ...isolation, ...bases, ...mounts, ...file, '.')
    const container = await buildah('from', tag)
    const inspected = z
      .object({ Docker: z.object({ config: configSchema }) })
      .parse(JSON.parse(await buildah('inspect', '--type', 'image', tag)))
    return { config: inspected.Docker.config, root: await buildah('mount', container) }
  }
  try {
    for (const path of [writeBuildImage(join(folder, 'build')), writeBaseImage(join(folder, 'base'))]) {
      const file = ['--file', `${path}.Dockerfile`, '--tag', `localhost/${basename(path)}`]
      await buildah('build', ...isolation, ...file, path)
    }
    const images = {
      api: await build('api'),
      worker: await build('worker'),
      migrate: await build('migrate'),
      'api-telemetry': await build('api-telemetry'),
      'worker-telemetry': await build('worker-telemetry'),
    }
    return { images, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * The command by which bubblewrap starts `command` in an image as an engine starts it with `--read-only --tmpfs /tmp`:
 * the image's user, files that nobody can change, and no variable but those given. It shares only the network.
 */
export const containerCommand = (
  { root, config }: Image,
  env: Record<string, string>,
  command = [...config.Entrypoint, ...config.Cmd],
): string[] => {
  const [uid = '', gid = ''] = config.User.split(':')
  const variables = [...config.Env.map((entry) => entry.split(/=(.*)/s)), ...Object.entries(env)]
  return [
    'bwrap',
    ...['--ro-bind', root, '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--chdir', config.WorkingDir],
    ...[
      '--unshare-user',
      '--uid',
      uid,
      '--gid',
      gid,
      '--unshare-pid',
      '--as-pid-1',
      '--unshare-ipc',
      '--die-with-parent',
    ],
    ...['--clearenv', ...variables.flatMap(([name = '', value = '']) => ['--setenv', name, value])],
    ...command,
  ]
}
