import { describe, expect, test } from 'vitest'
import { isAtomic } from './atomic-answer.ts'

describe('isAtomic', () => {
  test.each([
    '1937',
    'At the mouth of the river, near Gdańsk',
    'On 4 March 1865, in Washington',
    'It rained. Then it stopped. The sun came out.',
    'The sum of 3,5 and 4,25',
    'Because the light takes eight minutes to get here, which is longer than it seems, so that we see the past',
    'レオナルド・ダ・ヴィンチ',
    'Black and white',
    'Salt - that is, sodium chloride',
  ])('accepts an answer that states one fact: %j', (back) => {
    expect(isAtomic(back)).toBe(true)
  })

  test.each([
    '- salt\n- pepper',
    '1. Salt\n2. Pepper',
    '1) salt, 2) pepper',
    'Salt\nPepper\nSugar',
    'Salt, pepper and sugar',
    'Salt, pepper, and sugar',
    'Salt, pepper, sugar, flour',
    'Salt; pepper; sugar',
    'sól, pieprz i cukier',
    'Salz, Pfeffer und Zucker',
    'ملح، فلفل وسكر',
    '塩、胡椒、砂糖',
    'It rained. Then it stopped. The sun came out. It was warm.',
    '雨が降った。止んだ。晴れた。暑かった。',
  ])('rejects a list or more than three sentences: %j', (back) => {
    expect(isAtomic(back)).toBe(false)
  })
})
