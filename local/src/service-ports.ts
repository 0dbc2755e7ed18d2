import type { Home } from './home.ts'
import { isFree, stablePorts } from './ports.ts'

/** The host that this machine reaches both services by: HOST, or the loopback address when HOST means all addresses. */
export const serviceHost = ({ HOST }: NodeJS.ProcessEnv): string =>
  !HOST || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST

const portFrom = async (env: NodeJS.ProcessEnv, name: 'PORT' | 'WORKER_PORT', fallback: number): Promise<number> => {
  if (!env[name]) return fallback
  const port = Number(env[name])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${name} is not a port: ${env[name]}`)
  if (!(await isFree(port))) throw new Error(`${name} ${port} is taken by another process: set ${name} to another port`)
  return port
}

/**
 * Chooses the ports of the API and the worker: PORT and WORKER_PORT, or else the ports that the home remembers.
 * @throws Error when a variable is not a port, or its port is taken
 */
export const servicePorts = async (home: Home, env: NodeJS.ProcessEnv): Promise<{ api: number; worker: number }> => {
  const remembered = await stablePorts(home.ports, ['api', 'worker'], { api: 8787, worker: 8788 })
  return {
    api: await portFrom(env, 'PORT', remembered.api),
    worker: await portFrom(env, 'WORKER_PORT', remembered.worker),
  }
}
