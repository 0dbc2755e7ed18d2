import { HOME } from '@recto/shared/cells'
import type { ProblemCode } from '@recto/shared/errors'
import type { Directory } from './directory.ts'
import { personOf } from './person-of.ts'
import type { Told } from './refuse-told.ts'

/** The `fetch` of an app. `env`: what the server knows of the connection. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

type FrontDeps = {
  home: Fetch
  /** The cells beside the home cell, by their names. */
  others: ReadonlyMap<string, Fetch>
  directory: Pick<Directory, 'placeOf' | 'isLoaded'>
}

/**
 * Hands each request to the cell of its person, where all accounts of that person live. What is of nobody, or about no
 * person, belongs to the home cell.
 */
export const createFront = ({ home, others, directory }: FrontDeps): Fetch => {
  const refuse = (request: Request, env: object, refusal: ProblemCode) => {
    const told: Told = { refusal }
    return home(request, { ...env, ...told })
  }
  return (request, env) => {
    const person = new URL(request.url).pathname.startsWith('/api/') ? personOf(request) : undefined
    if (person === undefined) return home(request, env)
    if (!directory.isLoaded()) return refuse(request, env, 'database_unavailable')
    const place = directory.placeOf(person)
    if (place?.moving) return refuse(request, env, 'account_moving')
    if (place === undefined || place.cell === HOME) return home(request, env)
    const cell = others.get(place.cell)
    return cell ? cell(request, env) : refuse(request, env, 'database_unavailable')
  }
}
