import { execFile } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { startInSteps } from '../support/start-in-steps.ts'
import {
  authorities,
  childOf,
  connectServer,
  dying,
  newLink,
  removeCgroup,
  removeCgroups,
  runIn,
  type Server,
} from './namespaces.ts'

const run = promisify(execFile)
const cache = join(projectRoot, '.recto', 'cache')
const prefix = 'server-'
/** The hierarchies of control groups by which systemd follows its processes. */
const cgroups = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter((path) => existsSync(path))

/** The files of a new Debian 12 with systemd: made once, as it takes minutes. */
const openTemplate = async (): Promise<string> => {
  const template = join(cache, 'debian-12')
  if (existsSync(join(template, 'complete'))) return template
  rmSync(template, { recursive: true, force: true })
  const packages = 'systemd-sysv,dbus,ca-certificates,iproute2'
  await run('debootstrap', ['--variant=minbase', `--include=${packages}`, 'bookworm', template], {
    maxBuffer: 64 * 1024 * 1024,
  })
  writeFileSync(join(template, 'complete'), '')
  return template
}

/** Removes the servers of test processes that were killed. Their processes ended with the test's. */
const removeLeftovers = (): void => {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith(prefix)))
    if (!existsSync(`/proc/${name.split('-')[1]}`)) rmSync(join(cache, name), { recursive: true, force: true })
  for (const path of cgroups.flatMap((cgroup) => globSync(`${cgroup}/recto-${prefix}*`)))
    if (!existsSync(`/proc/${basename(path).split('-')[2]}`)) removeCgroup(path)
}

/** Gives the files of a new Debian the names and the network of a server. `hosts` are lines of /etc/hosts. */
const configure = (root: string, hosts: string[]): void => {
  writeFileSync(join(root, 'etc/hostname'), 'server\n')
  writeFileSync(join(root, 'etc/hosts'), ['127.0.0.1 localhost server', ...hosts, ''].join('\n'))
  // The name server of slirp4netns.
  writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 10.0.2.3\n')
  // A server that is thrown away needs no file to be safe from a loss of power.
  writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/unsafe'), 'force-unsafe-io\n')
  // Authorities of this machine's network. Node.js has a list of its own, to which only this variable adds.
  for (const path of globSync('/usr/local/share/ca-certificates/*.crt'))
    cpSync(path, join(root, 'usr/local/share/ca-certificates', basename(path)))
  mkdirSync(join(root, 'etc/systemd/system.conf.d'), { recursive: true })
  writeFileSync(
    join(root, 'etc/systemd/system.conf.d/authorities.conf'),
    `[Manager]\nDefaultEnvironment=NODE_EXTRA_CA_CERTS=${authorities}\n`,
  )
}

/**
 * Starts a new Debian 12 with systemd as its first process, by systemd-nspawn. Its network is its own: slirp4netns leads
 * to the registries of packages, and a link to what runs here in place of the internet. `hosts` are names that lead to
 * this end of the link. All of it ends with this process, however that ends.
 */
export const startServer = (hosts: string[], name: string, mounts: string[]): Promise<Server> =>
  startInSteps(async (onStop) => {
    mkdirSync(cache, { recursive: true })
    const template = await openTemplate()
    removeLeftovers()
    const folder = mkdtempSync(join(cache, `${prefix}${process.pid}-`))
    onStop(() => rmSync(folder, { recursive: true, force: true }))
    const root = join(folder, 'root')
    await run('cp', ['-a', template, root])
    const { link, outside, address } = newLink()
    configure(root, [`${outside} ${hosts.join(' ')}`, `${address} ${name}`])
    const packages = join(cache, 'debian-packages')
    mkdirSync(join(packages, 'partial'), { recursive: true })

    const own = cgroups.map((cgroup) => join(cgroup, `recto-${prefix}${process.pid}`))
    for (const path of own) mkdirSync(path, { recursive: true })
    onStop(() => removeCgroups(own))
    const nspawn = [
      ...['systemd-nspawn', '--quiet', `--directory=${root}`, '--boot', '--register=no', '--keep-unit'],
      ...[`--network-veth-extra=${link}:outside`, '--resolv-conf=off', '--link-journal=no', '--console=pipe'],
      ...[
        '--timezone=off',
        `--bind=${packages}:/var/cache/apt/archives`,
        ...mounts.map((mount) => `--bind-ro=${mount}`),
      ],
    ]
    // The first process of a namespace of its own takes all others with it when it is killed.
    const alone = [...dying, 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc']
    const inCgroup = `${own.map((path) => `echo $$ > ${path}/cgroup.procs; `).join('')}exec "$@"`
    const machine = await startChild({
      name: 'server',
      command: 'sh',
      args: ['-c', inCgroup, 'sh', ...alone, ...nspawn],
      env: process.env,
      logFile: join(folder, 'log'),
    })
    onStop(() => stopChild(machine, 'SIGKILL', 5_000))
    let first = 0
    const booted = async () => {
      if (!machine.alive()) throw new Error(logTail(machine.logFile))
      first = childOf(childOf(machine.pid))
      return first > 0 && existsSync(join('/proc', String(first), 'root/run/systemd/private'))
    }
    await until(booted, { what: 'the start of the server', timeoutMs: 120_000 })
    const network = { link, outside, address, inside: 'outside' }
    await connectServer(first, network, join(folder, 'slirp4netns.log'), onStop)
    const server = { outside, address, run: runIn(first) }
    const running = async () => (await server.run('systemctl is-system-running')).output.trim() === 'running'
    await until(running, { what: 'the start of the services', timeoutMs: 60_000 })
    const trusted = await server.run('update-ca-certificates')
    if (trusted.status !== 0) throw new Error(trusted.output)
    return server
  })
