import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folders of this machine's Debian that a step of the build may use. They are mounted, and in no image. */
const mounted = ['/usr/bin', '/usr/lib', '/usr/lib64', '/usr/share', '/etc/ssl'].filter((path) => existsSync(path))
const authorities = '/etc/recto-authorities.crt'

/** A Dockerfile beside the folder with an image's files. */
const describeImage = (folder: string, env: string): string => {
  writeFileSync(`${folder}.Dockerfile`, `FROM scratch\nCOPY . /\nENV ${env}\n`)
  return folder
}

const put = (from: string, to: string) => {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, dereference: true })
}

/** Writes what the image of BUILD_IMAGE has of itself: Node.js and npm. Its other programs are those of `mounted`. */
export const writeBuildImage = (folder: string): string => {
  put(process.execPath, join(folder, 'usr/local/bin/node'))
  const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())
  put(dirname(dirname(npm)), join(folder, 'usr/local/lib/node_modules/npm'))
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'))
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(folder, name))
  for (const name of ['/etc/passwd', '/etc/group', '/etc/hosts', '/etc/resolv.conf']) put(name, join(folder, name))
  for (const name of ['root', 'tmp']) mkdirSync(join(folder, name))
  return describeImage(folder, `PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=${authorities}`)
}

/** Writes what BASE_IMAGE has and Node.js needs: its shared libraries, and a user that is not root. */
export const writeBaseImage = (folder: string): string => {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  for (const library of libraries) put(library, join(folder, library))
  mkdirSync(join(folder, 'etc'), { recursive: true })
  writeFileSync(join(folder, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n')
  for (const name of ['dev', 'proc', 'tmp']) mkdirSync(join(folder, name))
  return describeImage(folder, 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
}

/** Mounts of a build: programs, authorities of the network, and the packages that pnpm has here already. */
export const buildMounts = (store: string): string[] => {
  const network = process.env.NODE_EXTRA_CA_CERTS ?? globSync('/etc/ssl/certs/ca-certificates.crt')[0]
  return [
    ...mounted.map((path) => `${path}:${path}:ro`),
    ...(network === undefined ? [] : [`${realpathSync(network)}:${authorities}:ro`]),
    `${store}:/root/.local/share/pnpm/store`,
  ]
}
