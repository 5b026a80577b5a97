import { Long, type tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import {
  at,
  bytes,
  documentMedia,
  ihorPeer,
  listener,
  message,
  newMessage,
  olenaPeer,
  rawPhoto,
  said,
  supergroup,
} from './telegram.ts'

/** A message that has nothing but this. */
const sent = (media: tl.TypeMessageMedia, text = '') => said(message({ message: text, media }))
const geo = { _: 'geoPoint', lat: 50.45, long: 30.52, accessHash: Long.ONE } as const
const text = (value: string): tl.RawTextWithEntities => ({ _: 'textWithEntities', text: value, entities: [] })
const video = (fields: Partial<tl.RawDocumentAttributeVideo> = {}): tl.RawDocumentAttributeVideo => ({
  _: 'documentAttributeVideo',
  duration: 12.4,
  w: 640,
  h: 480,
  ...fields,
})

describe('a file', () => {
  it('that is a photo is announced in its largest size, with all that fetching it needs', () => {
    const [row] = listener().hear(
      newMessage(message({ message: '', media: { _: 'messageMediaPhoto', photo: rawPhoto() } })),
    )
    expect(row?.item).toMatchObject({
      message: {
        type: 'image',
        content: 'Photo',
        attachments: [{ key: '1.0', type: 'image', filename: null, mime_type: 'image/jpeg', size: 90_000 }],
      },
    })
    expect(row?.files).toEqual([
      {
        key: '1.0',
        filename: null,
        mimeType: 'image/jpeg',
        locator: {
          kind: 'photo',
          id: '5301234567890123456',
          access_hash: '-77',
          file_reference: 'cmVm',
          dc_id: 2,
          thumb: 'y',
          size: 90_000,
          peer_id: 101,
          message_id: 1,
          place: 0,
        },
      },
    ])
  })

  it.each<[string, tl.TypeMessageMedia, Record<string, unknown>]>([
    ['document', documentMedia(), { type: 'document', content: 'passport.pdf' }],
    ['document without a name', documentMedia({ attributes: [] }), { type: 'document', content: 'Document' }],
    [
      'voice message',
      documentMedia({ mimeType: 'audio/ogg', attributes: [{ _: 'documentAttributeAudio', voice: true, duration: 7 }] }),
      { type: 'audio', content: 'Voice message', details: { voice: true, duration: 7 } },
    ],
    [
      'song',
      documentMedia({
        mimeType: 'audio/mpeg',
        attributes: [{ _: 'documentAttributeAudio', duration: 200, title: 'Song', performer: 'Band' }],
      }),
      { type: 'audio', content: 'Audio', details: { duration: 200, title: 'Song', performer: 'Band' } },
    ],
    [
      'video',
      documentMedia({ mimeType: 'video/mp4', attributes: [video()] }),
      { type: 'video', content: 'Video', details: { duration: 12 } },
    ],
    [
      'round video',
      documentMedia({ mimeType: 'video/mp4', attributes: [video({ roundMessage: true })] }),
      { type: 'video', content: 'Video message', details: { round: true } },
    ],
    [
      'animation',
      documentMedia({ mimeType: 'video/mp4', attributes: [video(), { _: 'documentAttributeAnimated' }] }),
      { type: 'video', content: 'GIF', details: { animated: true } },
    ],
  ])('that is a %s', (_, media, expected) => {
    expect(sent(media)).toMatchObject(expected)
    expect(sent(media, 'My words')).toMatchObject({ ...expected, content: 'My words' })
  })

  it('that is a picture sent as a file is shown, unless it is very large', () => {
    const scan = (size: number) => sent(documentMedia({ mimeType: 'image/png', size }))
    expect(scan(5_000_000)).toMatchObject({ type: 'document', attachments: [{ type: 'image' }] })
    expect(scan(50_000_000)).toMatchObject({ type: 'document', attachments: [{ type: 'document' }] })
  })

  it('larger than 100 MiB is announced like any other', () => {
    const over = message({ message: '', media: documentMedia({ size: 104_857_601 }) })
    const [row] = listener().hear(newMessage(over))
    expect(row?.item).toMatchObject({ message: { attachments: [{ key: '1.0', size: 104_857_601 }] } })
    expect(row?.files).toHaveLength(1)
  })

  it('that is not there any more leaves a message that says so', () => {
    expect(sent({ _: 'messageMediaPhoto' })).toMatchObject({
      type: 'unsupported',
      content: 'Photo is not available any more',
    })
    expect(sent({ _: 'messageMediaDocument' }, 'words')).toMatchObject({ type: 'unsupported', content: 'words' })
  })

  it.each<[string, tl.TypeMessageMedia]>([
    ['photo', { _: 'messageMediaPhoto', photo: rawPhoto(), ttlSeconds: 0x7fffffff }],
    ['voice', { ...documentMedia(), voice: true, ttlSeconds: 30 }],
    ['round', { ...documentMedia(), round: true, ttlSeconds: 30 }],
    ['video', { ...documentMedia(), ttlSeconds: 30 }],
    ['photo', { _: 'messageMediaPhoto', ttlSeconds: 5 }],
  ])('that may be seen only once (%s) is not kept: a line says that it came', (kind, media) => {
    const [row] = listener().hear(newMessage(message({ message: '', media })))
    expect(row).not.toHaveProperty('files')
    expect(row?.item).toMatchObject({
      message: { type: 'system', details: { service: { action: 'view_once', kind } } },
    })
    expect(row?.item).not.toHaveProperty('message.attachments')
  })
})

describe('a sticker', () => {
  const sticker: tl.RawDocumentAttributeSticker = {
    _: 'documentAttributeSticker',
    alt: '😀',
    stickerset: { _: 'inputStickerSetEmpty' },
  }
  const thumbs: tl.TypePhotoSize[] = [{ _: 'photoSize', type: 'm', w: 128, h: 128, size: 4000 }]

  it('is shown as it is', () => {
    expect(sent(documentMedia({ mimeType: 'image/webp', attributes: [sticker] }))).toMatchObject({
      type: 'sticker',
      content: 'Sticker',
      details: { sticker: { emoji: '😀' } },
      attachments: [{ type: 'sticker', mime_type: 'image/webp', size: 1234 }],
    })
  })

  it('that moves is shown by its still picture, since no browser plays it', () => {
    for (const mimeType of ['application/x-tgsticker', 'video/webm']) {
      const [row] = listener().hear(
        newMessage(message({ message: '', media: documentMedia({ mimeType, attributes: [sticker], thumbs }) })),
      )
      expect(row?.item).toMatchObject({
        message: { attachments: [{ type: 'sticker', mime_type: 'image/webp', size: 4000 }] },
      })
      expect(row?.files?.[0]?.locator).toMatchObject({ kind: 'document', thumb: 'm' })
    }
    expect(sent(documentMedia({ mimeType: 'application/x-tgsticker', attributes: [sticker] }))).toMatchObject({
      type: 'sticker',
      attachments: [{ type: 'document' }],
    })
  })
})

describe('what is not a file', () => {
  const poll = (fields: Partial<tl.RawPoll> = {}): tl.RawMessageMediaPoll => ({
    _: 'messageMediaPoll',
    poll: {
      _: 'poll',
      id: Long.fromNumber(8),
      question: text('When?'),
      answers: [
        { _: 'pollAnswer', text: text('Monday'), option: bytes('0') },
        { _: 'pollAnswer', text: text('Friday'), option: bytes('1') },
      ],
      hash: Long.ZERO,
      ...fields,
    },
    results: { _: 'pollResults' },
  })

  it.each<[string, tl.TypeMessageMedia, Record<string, unknown>]>([
    [
      'contact',
      {
        _: 'messageMediaContact',
        phoneNumber: '380501112233',
        firstName: 'Ihor',
        lastName: 'Melnyk',
        vcard: '',
        userId: 102,
      },
      {
        type: 'contacts',
        content: 'Ihor Melnyk',
        details: {
          contacts: [{ name: { formatted_name: 'Ihor Melnyk' }, phones: [{ phone: '+380501112233' }], user_id: '102' }],
        },
      },
    ],
    [
      'place',
      { _: 'messageMediaGeo', geo },
      { type: 'location', content: '50.45, 30.52', details: { location: { latitude: 50.45, longitude: 30.52 } } },
    ],
    [
      'live place',
      { _: 'messageMediaGeoLive', geo, period: 900, heading: 90 },
      {
        type: 'location',
        content: 'Live location: 50.45, 30.52',
        details: { location: { live: true, live_seconds: 900 } },
      },
    ],
    [
      'venue',
      { _: 'messageMediaVenue', geo, title: 'Notary', address: 'Kyiv', provider: '', venueId: '', venueType: '' },
      {
        type: 'location',
        content: 'Notary, Kyiv',
        details: { location: { name: 'Notary', address: 'Kyiv', latitude: 50.45 } },
      },
    ],
    ['unknown place', { _: 'messageMediaGeo', geo: { _: 'geoPointEmpty' } }, { type: 'location', content: 'Location' }],
    [
      'poll',
      poll(),
      {
        type: 'interactive',
        content: 'Poll: When?\n• Monday\n• Friday',
        details: {
          poll: { id: '8', question: 'When?', options: [{ key: 'MA==', text: 'Monday' }, { text: 'Friday' }] },
        },
      },
    ],
    [
      'quiz',
      poll({ quiz: true, closed: true }),
      { content: 'Quiz: When?\n• Monday\n• Friday', details: { poll: { is_quiz: true, is_closed: true } } },
    ],
    ['dice', { _: 'messageMediaDice', emoticon: '🎲', value: 4 }, { type: 'text', content: '🎲 4' }],
    ['dice that still rolls', { _: 'messageMediaDice', emoticon: '🎲', value: 0 }, { content: '🎲' }],
    [
      'game',
      {
        _: 'messageMediaGame',
        game: {
          _: 'game',
          id: Long.ONE,
          accessHash: Long.ONE,
          shortName: 'g',
          title: 'Chess',
          description: 'Play',
          photo: rawPhoto(),
        },
      },
      { type: 'share', content: 'Game', details: { share: { kind: 'game', title: 'Chess', description: 'Play' } } },
    ],
    [
      'bill',
      {
        _: 'messageMediaInvoice',
        title: 'Translation',
        description: '',
        currency: 'UAH',
        totalAmount: Long.fromNumber(45_000),
        startParam: '',
      },
      {
        type: 'order',
        content: 'Invoice: Translation, 450.00 UAH',
        details: { order: { items: [{ name: 'Translation', quantity: 1, price: '450.00', currency: 'UAH' }] } },
      },
    ],
    [
      'bill in a currency without cents',
      {
        _: 'messageMediaInvoice',
        title: 'T',
        description: '',
        currency: 'JPY',
        totalAmount: Long.fromNumber(900),
        startParam: '',
      },
      { content: 'Invoice: T, 900 JPY' },
    ],
    [
      'story that mentions us',
      { _: 'messageMediaStory', viaMention: true, peer: olenaPeer, id: 3 },
      { type: 'story', content: 'Story mention', details: { story: { kind: 'mention', id: '3', peer: '101' } } },
    ],
    [
      'story',
      { _: 'messageMediaStory', peer: supergroup, id: 3 },
      { content: 'Shared story', details: { story: { kind: 'shared' } } },
    ],
    [
      'giveaway',
      { _: 'messageMediaGiveaway', channels: [1], quantity: 3, months: 6, untilDate: at },
      { type: 'text', content: 'Giveaway: 3 × Telegram Premium' },
    ],
    [
      'giveaway that is over',
      {
        _: 'messageMediaGiveawayResults',
        channelId: Long.ONE,
        launchMsgId: 1,
        winnersCount: 2,
        unclaimedCount: 0,
        winners: [],
        untilDate: at,
      },
      { content: 'Giveaway ended: 2 won Telegram Premium' },
    ],
    [
      'list',
      {
        _: 'messageMediaToDo',
        todo: {
          _: 'todoList',
          title: text('Papers'),
          list: [
            { _: 'todoItem', id: 1, title: text('Seal') },
            { _: 'todoItem', id: 2, title: text('Pay') },
          ],
        },
        completions: [{ _: 'todoCompletion', id: 2, completedBy: ihorPeer, date: at }],
      },
      {
        type: 'interactive',
        content: 'List: Papers\n☐ Seal\n☑ Pay',
        details: {
          todo: {
            title: 'Papers',
            items: [
              { text: 'Seal', is_done: false },
              { text: 'Pay', is_done: true },
            ],
          },
        },
      },
    ],
    [
      'kind of a later layer',
      { _: 'messageMediaUnsupported' },
      { type: 'unsupported', content: 'Unsupported message' },
    ],
    [
      'live broadcast',
      { _: 'messageMediaVideoStream', call: { _: 'inputGroupCallSlug', slug: 'x' } },
      { type: 'unsupported', content: 'Unsupported message (video stream)' },
    ],
  ])('%s', (_, media, expected) => {
    expect(sent(media)).toMatchObject(expected)
  })

  it('a link brings a look at its page', () => {
    const webpage: tl.RawWebPage = {
      _: 'webPage',
      id: Long.ONE,
      url: 'https://example.com/a',
      displayUrl: 'example.com',
      hash: 0,
      siteName: 'Example',
      title: 'Prices',
    }
    expect(sent({ _: 'messageMediaWebPage', webpage }, 'https://example.com/a')).toMatchObject({
      type: 'text',
      content: 'https://example.com/a',
      details: { share: { kind: 'link', title: 'Example: Prices', url: 'https://example.com/a' } },
    })
  })

  it('media that have to be paid for are told, and come once they are open', () => {
    const preview: tl.TypeMessageExtendedMedia = { _: 'messageExtendedMediaPreview' }
    const open: tl.TypeMessageExtendedMedia = { _: 'messageExtendedMedia', media: documentMedia() }
    expect(
      sent({ _: 'messageMediaPaidMedia', starsAmount: Long.fromNumber(5), extendedMedia: [preview] }),
    ).toMatchObject({
      type: 'text',
      content: 'Paid media: 1 for 5 Stars',
    })
    const paid = sent({ _: 'messageMediaPaidMedia', starsAmount: Long.fromNumber(5), extendedMedia: [open, open] })
    expect(paid).toMatchObject({ type: 'document', attachments: [{ key: '1.0' }, { key: '1.1' }] })
  })

  it('a text that is set like a page is read line by line', () => {
    const plain = (value: string): tl.RawTextPlain => ({ _: 'textPlain', text: value })
    const richMessage: tl.RawRichMessage = {
      _: 'richMessage',
      photos: [],
      documents: [],
      blocks: [
        { _: 'pageBlockHeading1', text: plain('Prices') },
        {
          _: 'pageBlockParagraph',
          text: { _: 'textConcat', texts: [plain('One page is '), { _: 'textBold', text: plain('300') }] },
        },
        { _: 'pageBlockList', items: [{ _: 'pageListItemText', text: plain('fast') }] },
        { _: 'pageBlockMath', source: 'x^2' },
      ],
    }
    expect(said(message({ message: '', richMessage }))['content']).toBe('Prices\nOne page is 300\nfast\nx^2')
  })
})
