import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { type Child, logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'

const run = promisify(execFile)
const cache = join(projectRoot, '.recto', 'cache')
const prefix = 'server-'
/** The hierarchies of control groups by which systemd follows its processes. */
const cgroups = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter((path) => existsSync(path))
const authorities = '/etc/ssl/certs/ca-certificates.crt'

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

/** A control group cannot be removed before those in it, and its files not at all. */
const removeCgroup = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name))
  rmdirSync(path)
}

const childOf = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  } catch {
    return 0
  }
}

/** A Debian server. `run` carries out a command as root, in the folder where the one before ended. */
export type Server = {
  /** The addresses of the two ends of its network: this machine's and the server's. */
  outside: string
  address: string
  run(command: string): Promise<{ status: number; output: string }>
  stop(): Promise<void>
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

/** The options of nsenter for all namespaces of a process. */
const enterOf = (pid: number): string[] => ['--target', String(pid), '--all']

/** Carries out commands as root in the namespaces of a process, as a person at the server would. */
const runIn = (pid: number): Server['run'] => {
  const enter = enterOf(pid)
  const variables = ['HOME=/root', 'TERM=dumb', `NODE_EXTRA_CA_CERTS=${authorities}`, 'LANG=C.UTF-8']
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const shell = ['env', '--ignore-environment', ...variables, path, 'bash', '/run/command']
  return (command) => {
    // The trap tells the next command where this one ended.
    const script = `exec 2>&1 < /dev/null\ncd "$(cat /run/folder 2> /dev/null || echo /root)"
trap 'pwd > /run/folder' EXIT\n${command}\n`
    writeFileSync(join('/proc', String(pid), 'root/run/command'), script)
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: 900_000, encoding: 'utf8' as const }
    return new Promise((resolve) => {
      execFile('nsenter', [...enter, ...shell], options, (error, output) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, output })
      })
    })
  }
}

/**
 * Starts a new Debian 12 with systemd as its first process, by systemd-nspawn. Its network is its own: slirp4netns leads
 * to the registries of packages, and a link to what runs here in place of the internet. `hosts` are names that lead to
 * this end of the link. All of it ends with this process, however that ends.
 */
export const startServer = async (hosts: string[], name: string, mounts: string[]): Promise<Server> => {
  mkdirSync(cache, { recursive: true })
  const template = await openTemplate()
  removeLeftovers()
  const folder = mkdtempSync(join(cache, `${prefix}${process.pid}-`))
  const root = join(folder, 'root')
  await run('cp', ['-a', template, root])
  // Several tests may run at a time, each in a process of its own.
  const n = process.pid % 250
  const [link, outside, address] = [`recto-vps${n}`, `10.198.${n}.1`, `10.198.${n}.2`]
  configure(root, [`${outside} ${hosts.join(' ')}`, `${address} ${name}`])
  const packages = join(cache, 'debian-packages')
  mkdirSync(join(packages, 'partial'), { recursive: true })

  const own = cgroups.map((cgroup) => join(cgroup, `recto-${prefix}${process.pid}`))
  for (const path of own) mkdirSync(path, { recursive: true })
  const nspawn = [
    ...['systemd-nspawn', '--quiet', `--directory=${root}`, '--boot', '--register=no', '--keep-unit'],
    ...[`--network-veth-extra=${link}:outside`, '--resolv-conf=off', '--link-journal=no', '--console=pipe'],
    ...['--timezone=off', `--bind=${packages}:/var/cache/apt/archives`, ...mounts.map((mount) => `--bind-ro=${mount}`)],
  ]
  // The first process of a namespace of its own takes all others with it when it is killed.
  const alone = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc']
  const inCgroup = `${own.map((path) => `echo $$ > ${path}/cgroup.procs; `).join('')}exec "$@"`
  const machine = await startChild({
    name: 'server',
    command: 'sh',
    args: ['-c', inCgroup, 'sh', ...alone, ...nspawn],
    env: process.env,
    logFile: join(folder, 'log'),
  })
  const children: Child[] = [machine]
  const stop = async () => {
    for (const child of children.toReversed()) await stopChild(child, 'SIGKILL', 5_000)
    const removed = () => {
      try {
        own.filter((path) => existsSync(path)).forEach(removeCgroup)
        return true
      } catch {
        return false
      }
    }
    await until(removed, { what: 'the end of the server', timeoutMs: 60_000 })
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    let first = 0
    const booted = async () => {
      if (!machine.alive()) throw new Error(logTail(machine.logFile))
      first = childOf(childOf(machine.pid))
      return first > 0 && existsSync(join('/proc', String(first), 'root/run/systemd/private'))
    }
    await until(booted, { what: 'the start of the server', timeoutMs: 120_000 })
    const enter = enterOf(first)
    await run('ip', ['addr', 'add', `${outside}/30`, 'dev', link])
    await run('ip', ['link', 'set', link, 'up'])
    await run('nsenter', [...enter, 'ip', 'addr', 'add', `${address}/30`, 'dev', 'outside'])
    await run('nsenter', [...enter, 'ip', 'link', 'set', 'outside', 'up'])
    children.push(
      await startChild({
        name: 'slirp4netns',
        command: 'setpriv',
        args: ['--pdeathsig', 'KILL', 'slirp4netns', '--configure', '--disable-host-loopback', String(first), 'tap0'],
        env: process.env,
        logFile: join(folder, 'slirp4netns.log'),
      }),
    )
    const server: Server = {
      outside,
      address,
      run: runIn(first),
      stop,
    }
    await until(async () => (await server.run('ip -brief address show tap0')).output.includes('10.0.2.100'), {
      what: 'the network of the server',
      timeoutMs: 60_000,
    })
    const running = async () => (await server.run('systemctl is-system-running')).output.trim() === 'running'
    await until(running, { what: 'the start of the services', timeoutMs: 60_000 })
    const trusted = await server.run('update-ca-certificates')
    if (trusted.status !== 0) throw new Error(trusted.output)
    return server
  } catch (error) {
    await stop()
    throw error
  }
}
