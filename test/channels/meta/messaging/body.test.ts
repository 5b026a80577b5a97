import { describe, expect, test } from 'vitest'
import { facebook, instagram, products, readAttachments, readEcho, readMessage } from './events.ts'

const cdn = 'https://cdn.example/v'

describe.each(products)('a file of $name', (product) => {
  test.each([
    ['image', 'image', 'Photo'],
    ['video', 'video', 'Video'],
    ['audio', 'audio', 'Audio'],
    ['sticker', 'sticker', 'Sticker'],
  ])('that is an %s is fetched from where it lies', (type, ours, content) => {
    const url = `${cdn}/1?sig=a`
    expect(readAttachments(product, { type, payload: { url } })).toMatchObject({
      type: ours,
      content,
      attachments: [{ type: ours, source: { url } }],
    })
  })

  test('that is a document has the name in its address', () => {
    const url = `${cdn}/${encodeURIComponent('Договір № 5.pdf')}?sig=a`
    const message = readAttachments(product, { type: 'file', payload: { url } })
    expect(message).toMatchObject({ type: 'document', content: 'Договір № 5.pdf' })
    expect(message.attachments).toEqual([{ type: 'document', filename: 'Договір № 5.pdf', source: { url } }])
  })

  test.each([`${cdn}/download`, `${cdn}/%E0%A4%A.pdf`, `${cdn}/..%2f..%2fetc.pdf`])(
    'at %s takes no path or nonsense for a name',
    (url) => {
      const [file] = readAttachments(product, { type: 'file', payload: { url } }).attachments ?? []
      expect(file?.filename ?? '').not.toMatch(/[/\\]/)
      expect(file?.source).toEqual({ url })
    },
  )

  test('has the text beside it as its caption', () => {
    const attachments = [{ type: 'image', payload: { url: cdn } }]
    expect(readMessage(product, { text: 'диплом', attachments })).toMatchObject({ type: 'image', content: 'диплом' })
  })

  test('is one of several in one message, whose type is that of the first', () => {
    const files = ['video', 'image', 'image'].map((type, i) => ({ type, payload: { url: `${cdn}/${i}` } }))
    const message = readAttachments(product, ...files)
    expect(message).toMatchObject({ type: 'video', content: '3 attachments' })
    expect(message.attachments?.map(({ type }) => type)).toEqual(['video', 'image', 'image'])
  })

  test.each(['http://cdn.example/1', 'javascript:alert(1)', 'IMAGE_URL', 5, undefined])(
    'at %s is not fetched, and its message is still seen',
    (url) => {
      const message = readAttachments(product, { type: 'image', payload: { url } })
      expect(message).toMatchObject({ type: 'unsupported', content: 'Unsupported message (image)' })
      expect(message).not.toHaveProperty('attachments')
    },
  )

  test('in an echo without a text has no content, like the reply that it may be of', () => {
    expect(readEcho(product, { attachments: [{ type: 'image', payload: { url: cdn } }] })).toMatchObject({
      type: 'image',
      content: '',
    })
  })
})

describe('a sticker is one sticker', () => {
  const url = `${cdn}/thumb.png`
  const id = 369_239_263_222_822
  const image = { type: 'image', payload: { url, sticker_id: id } }
  const sticker = { type: 'sticker', payload: { url, sticker_id: id } }
  const wanted = { type: 'sticker', content: 'Sticker', details: { sticker: { id: '369239263222822' } } }
  const files = [{ type: 'sticker', source: { url } }]

  test.each([
    ['as an image, until the middle of 2026', [image]],
    ['as both, for some time', [image, sticker]],
    ['as both, the other way round', [sticker, image]],
    ['as both, where only the sticker has its number', [{ type: 'image', payload: { url } }, sticker]],
    ['as both, each at an address of its own', [{ type: 'image', payload: { url: cdn, sticker_id: id } }, sticker]],
    ['as a sticker alone', [sticker]],
  ])('%s', (_, attachments) => {
    for (const product of products) {
      const message = readAttachments(product, ...attachments)
      expect(message).toMatchObject(wanted)
      expect(message.attachments).toHaveLength(1)
    }
    expect(readAttachments(facebook, sticker).attachments).toEqual(files)
  })

  test('by the number of the message', () => {
    const bare = { type: 'image', payload: { url } }
    expect(readMessage(facebook, { sticker_id: id, attachments: [bare] })).toMatchObject({ type: 'sticker' })
    const both = [
      { type: 'image', payload: { url: cdn } },
      { type: 'sticker', payload: { url } },
    ]
    expect(readMessage(facebook, { sticker_id: id, attachments: both }).attachments).toEqual(files)
  })

  test('and two photos stay two, as do two stickers', () => {
    const photos = [1, 2].map((i) => ({ type: 'image', payload: { url: `${cdn}/${i}` } }))
    const stickers = [1, 2].map((i) => ({ type: 'sticker', payload: { url: `${cdn}/${i}`, sticker_id: i } }))
    expect(readAttachments(facebook, ...photos).attachments).toHaveLength(2)
    expect(readAttachments(facebook, ...stickers).attachments).toHaveLength(2)
  })
})

describe.each(products)('something shared on %s', (product) => {
  test.each([
    ['share', { url: 'https://www.example/p/1' }, { url: 'https://www.example/p/1' }, 'Shared post'],
    [
      'ig_post',
      { ig_post_media_id: '181', title: 'Ціни', url: 'https://lookaside.example/1' },
      { title: 'Ціни', url: 'https://lookaside.example/1', id: '181' },
      'Ціни',
    ],
    [
      'post',
      { title: 'Новини', url: 'https://fb.example/1' },
      { title: 'Новини', url: 'https://fb.example/1' },
      'Новини',
    ],
    [
      'reel',
      { url: 'https://fb.example/r', reel_video_id: 77 },
      { url: 'https://fb.example/r', id: '77' },
      'Shared reel',
    ],
    [
      'ig_reel',
      { title: 'Відео', url: 'https://ig.example/r' },
      { title: 'Відео', url: 'https://ig.example/r' },
      'Відео',
    ],
  ])('as %s is a link and no file', (kind, payload, card, content) => {
    const message = readAttachments(product, { type: kind, payload })
    expect(message).toMatchObject({ type: 'share', content })
    expect(message.details).toEqual({ share: { kind, ...card } })
    expect(message).not.toHaveProperty('attachments')
  })

  test('keeps the words beside it', () => {
    const attachments = [{ type: 'ig_post', payload: { url: 'https://ig.example/p' } }]
    expect(readMessage(product, { text: 'А так зможете?', attachments })).toMatchObject({
      type: 'share',
      content: 'А так зможете?',
      details: { share: { url: 'https://ig.example/p' } },
    })
  })

  test('under its old and its new name is one post', () => {
    const payload = { ig_post_media_id: '181', title: 'Ціни', url: 'https://ig.example/1' }
    const twins = [
      { type: 'share', payload },
      { type: 'ig_post', payload },
    ]
    expect(readAttachments(product, ...twins).details).toEqual({
      share: { kind: 'ig_post', title: 'Ціни', url: 'https://ig.example/1', id: '181' },
    })
    const legacy = { type: 'share', payload: { title: 'Ціни' } }
    expect(readAttachments(product, legacy, twins[1]).details).not.toHaveProperty('shares')
  })

  test('more than once is listed whole', () => {
    const posts = [1, 2].map((i) => ({ type: 'ig_post', payload: { ig_post_media_id: `${i}` } }))
    expect(readAttachments(product, ...posts).details).toEqual({
      share: { kind: 'ig_post', id: '1' },
      shares: [
        { kind: 'ig_post', id: '1' },
        { kind: 'ig_post', id: '2' },
      ],
    })
  })

  test('with an address that is none keeps only the rest', () => {
    const payload = { title: 'x', url: 'javascript:alert(1)' }
    expect(readAttachments(product, { type: 'share', payload }).details).toEqual({
      share: { kind: 'share', title: 'x' },
    })
  })
})

describe('a link in a message', () => {
  const preview = { type: 'fallback', title: 'Прайс', url: 'https://example.org/price', payload: null }
  const card = { kind: 'fallback', title: 'Прайс', url: 'https://example.org/price' }

  test('leaves the text a text', () => {
    const message = readMessage(facebook, { text: 'https://example.org/price', attachments: [preview] })
    expect(message).toMatchObject({ type: 'text', content: 'https://example.org/price', details: { share: card } })
  })

  test('without a text is the link itself, in the older form and the newer', () => {
    const newer = { type: 'fallback', payload: { title: 'Прайс', url: 'https://example.org/price' } }
    for (const attachment of [preview, newer]) {
      expect(readAttachments(facebook, attachment)).toMatchObject({
        type: 'share',
        content: 'Прайс',
        details: { share: card },
      })
    }
  })

  test('that Meta could not pass on is a placeholder, unless there is a text', () => {
    const empty = { type: 'fallback', payload: null }
    expect(readAttachments(facebook, empty)).toMatchObject({ type: 'unsupported', content: 'Unsupported message' })
    expect(readMessage(facebook, { text: 'див.', attachments: [empty] })).toMatchObject({
      type: 'text',
      content: 'див.',
    })
  })
})

describe('a story is never copied', () => {
  const url = 'https://lookaside.example/story'

  test.each([
    ['story_mention', { url }, { kind: 'mention', url }, 'Story mention'],
    ['ig_story', { story_media_id: '179', story_media_url: url }, { kind: 'shared', id: '179', url }, 'Shared story'],
    ['story', { url }, { kind: 'shared', url }, 'Shared story'],
  ])('as %s', (type, payload, story, content) => {
    const message = readAttachments(instagram, { type, payload })
    expect(message).toMatchObject({ type: 'story', content, details: { story } })
    expect(message).not.toHaveProperty('attachments')
  })

  test('that a text answers', () => {
    const message = readMessage(instagram, { text: 'Ще є?', reply_to: { story: { id: '179', url } } })
    expect(message).toMatchObject({
      type: 'story',
      content: 'Ще є?',
      details: { story: { kind: 'reply', id: '179', url } },
    })
    expect(message).not.toHaveProperty('replyToExternalId')
  })

  test('that a photo answers: the photo is a file, the story still none', () => {
    const attachments = [{ type: 'image', payload: { url: cdn } }]
    const message = readMessage(instagram, { attachments, reply_to: { story: { id: '179', url } } })
    expect(message).toMatchObject({ type: 'image', details: { story: { kind: 'reply', url } } })
    expect(message.attachments).toEqual([{ type: 'image', source: { url: cdn } }])
  })
})

describe('a place', () => {
  test('has its coordinates, its name and its address', () => {
    const attachment = {
      type: 'location',
      title: 'Хрещатик, 1',
      url: 'https://maps.example/1',
      payload: { coordinates: { lat: 50.45, long: 30.52 } },
    }
    expect(readAttachments(facebook, attachment)).toMatchObject({
      type: 'location',
      content: 'Хрещатик, 1',
      details: { location: { latitude: 50.45, longitude: 30.52, name: 'Хрещатик, 1', url: 'https://maps.example/1' } },
    })
  })

  test('that is nowhere is a placeholder', () => {
    const attachment = { type: 'location', payload: { coordinates: { lat: 500, long: 'x' } } }
    expect(readAttachments(facebook, attachment)).toMatchObject({ content: 'Unsupported message (location)' })
  })
})

describe('a template', () => {
  test.each([
    [{ template_type: 'button', text: 'Оплатити?', buttons: [] }, 'Оплатити?'],
    [{ template_type: 'generic', elements: [{ title: 'Диплом' }, { title: 'Паспорт' }] }, 'Диплом, Паспорт'],
    [{ product: { elements: [{ title: 'Апостиль' }] } }, 'Апостиль'],
    [{ template_type: 'media' }, 'Template'],
  ])('%j says "%s"', (payload, content) => {
    const message = readAttachments(facebook, { type: 'template', payload })
    expect(message).toMatchObject({ type: 'template', content, details: { template: payload } })
  })

  test('with nothing in it, as Instagram sends a shared comment, is a placeholder', () => {
    expect(readAttachments(instagram, { type: 'template', payload: {} })).toMatchObject({
      type: 'unsupported',
      content: 'Unsupported message (template)',
    })
  })
})

describe.each(products)('what $name cannot show or we cannot read is seen all the same', (product) => {
  test.each([
    [{ attachments: [{ type: 'ephemeral' }] }, 'Disappearing message, shown only in the app'],
    [{ attachments: [{ type: 'unsupported_type', payload: {} }] }, 'Unsupported message'],
    [
      { attachments: [{ type: 'appointment_booking', payload: { slot: 1 } }] },
      'Unsupported message (appointment booking)',
    ],
    [{ attachments: [{ type: '__proto__' }] }, 'Unsupported message (  proto  )'],
    [{ attachments: [null] }, 'Unsupported message'],
    [{ attachments: 'x' }, 'Unsupported message'],
    [{ is_unsupported: true }, 'Unsupported message'],
    [{ text: '' }, 'Unsupported message'],
    [{}, 'Unsupported message'],
  ])('%j', (message, content) => {
    expect(readMessage(product, message)).toMatchObject({ type: 'unsupported', content })
  })

  test('keeps of an unknown attachment its payload, but none of a disappearing one', () => {
    const details = (attachment: unknown) => readAttachments(product, attachment).details
    expect(details({ type: 'hologram', payload: { url: 'https://x.example' } })).toEqual({
      unsupported: { type: 'hologram', payload: { url: 'https://x.example' } },
    })
    expect(details({ type: 'ephemeral', payload: { url: 'https://x.example' } })).toEqual({
      unsupported: { type: 'ephemeral' },
    })
  })

  test('shows the text that came with it', () => {
    const attachments = [{ type: 'hologram' }]
    expect(readMessage(product, { text: 'дивіться', attachments })).toMatchObject({ type: 'text', content: 'дивіться' })
    expect(readMessage(product, { text: 'дивіться', is_unsupported: true })).toMatchObject({ content: 'дивіться' })
  })

  test('and a heart is a heart', () => {
    expect(readAttachments(product, { type: 'like_heart' })).toMatchObject({ type: 'sticker', content: '❤️' })
  })
})
