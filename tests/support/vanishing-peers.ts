import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })

/** Whether this machine can give processes a network of their own: Linux, with the rights of root. */
export const hasNetworks = (): boolean => {
  const name = `recto-try-${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'del', name)
    return true
  } catch {
    return false
  }
}

/** Opens streams of the URL with the token, again when it is refused, tells when all are open, and reads them. */
const script = `
  const { Agent, get } = require('node:http')
  const [url, count, token] = process.argv.slice(1)
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
  let open = 0
  const read = () => get(url, { agent, headers: { authorization: 'Bearer ' + token } }, (answer) => {
    answer.resume().on('error', () => {})
    if (answer.statusCode !== 200) setTimeout(read, 500)
    else if (++open === Number(count)) console.log('open')
  }).on('error', () => {})
  for (let n = 0; n < Number(count); n++) read()
`

/**
 * A network that ends in this machine's, with addresses of its own. Processes in it can be cut off: what is sent to them is
 * dropped, and neither side is told.
 */
export const createFarNetwork = () => {
  // Several tests may run at a time, each in a process of its own.
  const n = process.pid % 250
  const [name, near, far] = [`recto-far-${n}`, `rectonear${n}`, `rectofar${n}`]
  const [nearAddress, farAddress] = [`10.199.${n}.1`, `10.199.${n}.2`]
  ip('netns', 'add', name)
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name)
  ip('addr', 'add', `${nearAddress}/30`, 'dev', near)
  ip('link', 'set', near, 'up')
  ip('-n', name, 'addr', 'add', `${farAddress}/30`, 'dev', far)
  ip('-n', name, 'link', 'set', far, 'up')
  return {
    /** This machine's address as the processes there see it. */
    nearAddress,
    /** Starts a process there that reads `count` streams of a URL. Resolves when all are open. */
    read: async (url: string, count: number, token: string) => {
      const child = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', script, url, String(count), token], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the readers ended: ${code}`)))
      failed.catch(() => undefined)
      await Promise.race([once(createInterface(child.stdout), 'line'), failed])
      return { stop: () => child.kill('SIGKILL') }
    },
    /** Lets no packet of the network leave it any more. */
    cutOff: () => ip('-n', name, 'route', 'add', 'blackhole', `${nearAddress}/32`),
    remove: () => {
      ip('link', 'del', near)
      ip('netns', 'del', name)
    },
  }
}
