import { expect, test } from 'vitest'
import { tellDeletions } from './deletions.ts'

/** Two cells with two people each who were deleted. `away`: a cell that is down. `moving`: a person of whom a move is not over. */
const world = ({ away = '', moving = '' }) => {
  const done: string[] = []
  const deletions = {
    find: async (cell: string) => [`ann of ${cell}`, `bob of ${cell}`],
    forget: async (person: string, cell: string) => void done.push(`forget ${person} in ${cell}`),
  }
  const eraseIn = (cell: string) => async (person: string) => {
    if (cell === away) throw new Error('down')
    if (person === moving) return false
    done.push(`erase ${person}`)
    return true
  }
  return { done, tell: () => tellDeletions(deletions, new Map(['b', 'c'].map((cell) => [cell, eraseIn(cell)]))) }
}

test('each cell but one that is away is told of its people, who are forgotten only then', async () => {
  const { done, tell } = world({ away: 'c' })
  await expect(tell()).rejects.toThrow('down')
  expect(done).toEqual(['erase ann of b', 'forget ann of b in b', 'erase bob of b', 'forget bob of b in b'])
})

test('a person whose move is not over is told of the next time, and does not hold up others', async () => {
  const { done, tell } = world({ away: 'c', moving: 'ann of b' })
  await expect(tell()).rejects.toThrow('down')
  expect(done).toEqual(['erase bob of b', 'forget bob of b in b'])
})
