import { describe, expect, test } from 'vitest'
import { bodyOf, draftOf, eventTypes, problemsOf } from './webhook-form.ts'

const draft = { url: 'https://a.example/hook', events: [...eventTypes], description: '' }

describe('a webhook that is written', () => {
  test.each([
    ['fits', {}, {}],
    ['has no URL', { url: ' ' }, { url: 'urlEmpty' }],
    ['has no events', { events: [] }, { events: 'eventsEmpty' }],
    ['has a description of 200 characters of two units', { description: '😀'.repeat(200) }, {}],
    ['has a description of 201 characters', { description: 'a'.repeat(201) }, { description: 'descriptionLong' }],
  ])('%s', (_, changes, problems) => expect(problemsOf({ ...draft, ...changes })).toEqual(problems))

  test('is sent without blanks around it, and an empty description removes it', () => {
    expect(bodyOf({ ...draft, url: ' https://a.example \n', description: '  ' })).toEqual({
      url: 'https://a.example',
      events: eventTypes,
      description: null,
    })
  })
})

test('a new webhook begins with every event, and a change with those that it has', () => {
  expect(draftOf(null).events).toEqual(eventTypes)
  const webhook = {
    id: '1',
    account_id: '1',
    url: 'https://a.example',
    events: ['budget.alert', 'generation.failed'],
    description: null,
    enabled: true,
    disabled_at: null,
    disabled_reason: null,
    failing_since: null,
    public_key: '',
    secret_changed_at: '',
    created_by: null,
    created_at: '',
    updated_at: '',
  }
  expect(draftOf(webhook)).toEqual({
    url: 'https://a.example',
    events: ['generation.failed', 'budget.alert'],
    description: '',
  })
})
