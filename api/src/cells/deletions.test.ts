import { expect, test } from 'vitest'
import { tellDeletions } from './deletions.ts'

/**
 * Two cells with two people each who were deleted. `away`: a cell that is down. `moving`: a person of whom a move is not
 * over. `failing`: one whose erasure cannot begin.
 */
const world = ({ away = '', moving = '', failing = '' }) => {
  let asked = 0
  const done: string[] = []
  const deletions = {
    find: async (cell: string) => [`ann of ${cell}`, `bob of ${cell}`],
    forget: async (person: string, cell: string) => void done.push(`forget ${person} in ${cell}`),
  }
  const eraseIn = (cell: string) => async (person: string) => {
    asked += 1
    if (cell === away) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' })
    if (person === failing) throw new Error('no lock')
    if (person === moving) return false
    done.push(`erase ${person}`)
    return true
  }
  const cells = new Map(['b', 'c'].map((cell) => [cell, eraseIn(cell)]))
  return { done, asked: () => asked, tell: () => tellDeletions(deletions, cells) }
}

test('each cell but one that is away erases its people, who are forgotten only then', async () => {
  const { done, asked, tell } = world({ away: 'c' })
  await expect(tell()).rejects.toThrow('down')
  // Of a cell that is away, nobody further is asked for.
  expect(asked()).toBe(3)
  expect(done).toEqual(['erase ann of b', 'forget ann of b in b', 'erase bob of b', 'forget bob of b in b'])
})

test('a person whose move is not over is erased the next time, and does not hold up others', async () => {
  const { done, tell } = world({ away: 'c', moving: 'ann of b' })
  await expect(tell()).rejects.toThrow('down')
  expect(done).toEqual(['erase bob of b', 'forget bob of b in b'])
})

test('a person whose erasure cannot begin is erased the next time, and does not hold up others', async () => {
  const { done, tell } = world({ away: 'c', failing: 'ann of b' })
  await expect(tell()).rejects.toThrow('no lock')
  expect(done).toEqual(['erase bob of b', 'forget bob of b in b'])
})
