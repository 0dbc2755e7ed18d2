import { HOME } from '@recto/shared/cells'
import type { AppError } from '@recto/shared/errors'
import { toAppError } from '../http/problems.ts'
import type { Directory, Place } from './directory.ts'
import type { PlaceOfNewcomer } from './newcomers.ts'
import { personOf } from './person-of.ts'
import { later } from './refuse-told.ts'
import type { Told } from './told.ts'

/** The `fetch` of an app. `env`: what the server knows of the connection. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

type FrontDeps = {
  home: Fetch
  /** The cells beside the home cell, by their names. */
  others: ReadonlyMap<string, Fetch>
  directory: Pick<Directory, 'isFollowed' | 'placeOf'>
  placeOfNewcomer: PlaceOfNewcomer
}

/**
 * Hands each request to the cell of its person, where all accounts of that person live. What is of nobody, or about no
 * person, belongs to the home cell.
 */
export const createFront = ({ home, others, directory, placeOfNewcomer }: FrontDeps): Fetch => {
  const refuse = (request: Request, env: object, refusal: AppError) => {
    const told: Told = { refusal }
    return home(request, { ...env, ...told })
  }
  const hand = (request: Request, env: object, { cell, moving }: Pick<Place, 'cell' | 'moving'>) => {
    if (moving) return refuse(request, env, later('account_moving'))
    const serve = cell === HOME ? home : others.get(cell)
    if (!serve) return refuse(request, env, later('database_unavailable'))
    const told: Told = { cell }
    return serve(request, { ...env, ...told })
  }
  return (request, env) => {
    const person = new URL(request.url).pathname.startsWith('/api/') ? personOf(request) : undefined
    if (person === undefined) return home(request, env)
    const place = directory.isFollowed ? directory.placeOf(person) : undefined
    if (place?.introduced) return hand(request, env, place)
    return placeOfNewcomer(request).then(
      (found) => hand(request, env, found),
      (error: unknown) => refuse(request, env, toAppError(error)),
    )
  }
}
