import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lengthIn, splitDraft } from '../../src/client/split-draft.ts'
import { replyRules } from './builders.ts'

const image = (id: string) => ({ id, type: 'image' as const })
const sound = (id: string) => ({ id, type: 'audio' as const })
const parts = (...args: Parameters<typeof splitDraft>) =>
  splitDraft(...args).map(({ content, uploads }) => [content, ...uploads].join('|'))

describe('splitDraft', () => {
  test('gives a caption to the first file that can carry it', () => {
    expect(parts({ content: 'Text' }, [image('a'), image('b')], replyRules())).toEqual(['Text|a', '|b'])
    expect(parts({ content: '' }, [image('a')], replyRules())).toEqual(['|a'])
  })

  test('sends a text before the files that cannot carry it', () => {
    const noCaption = replyRules({ caption: null })
    expect(parts({ content: 'Text' }, [image('a')], noCaption)).toEqual(['Text', '|a'])
    expect(parts({ content: 'Text' }, [sound('a')], replyRules())).toEqual(['Text', '|a'])
    expect(parts({ content: 'Long' }, [image('a')], replyRules({ caption: 3 }))).toEqual(['Long', '|a'])
    expect(parts({ content: 'Ой' }, [image('a')], replyRules({ caption: 3, unit: 'bytes' }))).toEqual(['Ой', '|a'])
  })

  test('keeps files together where a message takes several', () => {
    const rules = replyRules({ attachments: 2 })
    expect(parts({ content: 'Text' }, [sound('a'), image('b'), image('c')], rules)).toEqual(['Text|a|b', '|c'])
    expect(parts({ content: 'Text' }, [image('a'), image('b')], null)).toEqual(['Text|a|b'])
  })

  test('says once what is answered, and each time that a person answers', () => {
    const draft = { content: 'Text', replyTo: 'm', humanAgent: true }
    expect(splitDraft(draft, [image('a')], replyRules({ caption: null }))).toEqual([
      { content: 'Text', uploads: [], replyTo: 'm', humanAgent: true },
      { content: '', uploads: ['a'], humanAgent: true },
    ])
  })

  test('gives every mail of a draft its subject and its recipients', () => {
    const email = { subject: 'Files', cc: ['a@b.example'] }
    const sent = splitDraft({ content: 'Text', email }, [image('a'), image('b')], replyRules({ attachments: 1 }))
    expect(sent.map((part) => part.email)).toEqual([email, email])
  })

  test('sends a template by itself', () => {
    const template = { name: 'ready', language: 'uk' }
    expect(splitDraft({ template }, [], replyRules())).toEqual([{ template, content: '', uploads: [] }])
  })

  test('loses no file and no text, and repeats none', () => {
    const type = fc.constantFrom('image', 'audio', 'video', 'document', 'sticker')
    fc.assert(
      fc.property(
        ...[fc.string(), fc.array(type, { maxLength: 8 }), fc.integer({ min: 1, max: 5 })],
        fc.option(fc.nat(10)),
        (content, types, attachments, caption) => {
          const files = types.map((one, index) => ({ id: String(index), type: one as 'image' }))
          const all = splitDraft({ content }, files, replyRules({ attachments, caption }))
          expect(all.flatMap(({ uploads }) => uploads)).toEqual(files.map(({ id }) => id))
          expect(all.map((part) => part.content).join('')).toBe(content.trim())
          for (const { uploads } of all) expect(uploads.length).toBeLessThanOrEqual(attachments)
        },
      ),
    )
  })
})

test('counts a text as the channel does', () => {
  expect(lengthIn('characters', 'Привіт 👋')).toBe(9)
  expect(lengthIn('bytes', 'Привіт 👋')).toBe(17)
})
