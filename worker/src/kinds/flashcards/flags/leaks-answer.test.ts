import { describe, expect, test } from 'vitest'
import { normalise } from '../../characters/normalise.ts'
import { leaksAnswer } from './leaks-answer.ts'

const sides = (front: string, back: string) => ({ front: normalise(front), back: normalise(back) })

describe('leaksAnswer', () => {
  test.each([
    ['Which city is Paris the capital in, Paris or Lyon?', 'Paris.'],
    ['How far is the Earth from the Sun?', 'Earth'],
    ['Was wurde in “Dresden” gebaut?', 'Dresden'],
    ['In which year, 1914, did it begin?', '1914'],
    ['Kiedy Mikołaj Kopernik urodził się w Toruniu?', 'mikołaj kopernik'],
    ['富士山はどこにありますか。', '富士山'],
  ])('is true when the question %j contains the answer %j', (front, back) => {
    expect(leaksAnswer(sides(front, back))).toBe(true)
  })

  test.each([
    ['What is the capital of France?', 'Paris'],
    ['Who parishes over it?', 'Paris'],
    ['What is 1914 + 1?', '191'],
    ['水素の元素記号は何か。', 'H'],
    ['What?', '…'],
  ])('is false when the question %j does not contain the answer %j as whole words', (front, back) => {
    expect(leaksAnswer(sides(front, back))).toBe(false)
  })
})
